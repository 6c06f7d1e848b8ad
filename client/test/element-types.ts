/** The element as its declarations promise it; each wrong use is held by an `@ts-expect-error`. */

import { DropslipUploadElement as Written } from "../src/element-host.js";
import { DropslipUploadElement, type Strings } from "../src/element.js";
import { ar, de } from "../src/locales.js";

export function right(): readonly string[] {
  const element = document.createElement("dropslip-upload");
  element.multiple = true;
  element.headers = async () => ({ authorization: "Bearer key" });
  element.metadata = (file, path) => ({ path: `${path} ${file.size}` });
  element.strings = { chooseMany: "Select photos", total: { one: "{n}", other: "{n}" } };
  element.addEventListener("dropslip-done", ({ detail }) => [detail.file.name, detail.key, detail.url ?? ""]);
  element.addEventListener("dropslip-error", ({ detail }) => detail.error.message);
  element.addEventListener("dropslip-progress", ({ detail }) => detail.progress.phase === "sending");
  element.addEventListener("change", () => element.checkValidity());
  DropslipUploadElement.addLocales({ ar, de, "de-AT": { pause: "Anhalten" } });
  for (const { file, uploaded } of element.files) if (file === null && uploaded !== undefined) return [uploaded.key];
  return element.values;
}

/** What is written has all that is declared, but for those that are made in a loop and by the form. */
export function complete(
  element: Written,
): Omit<
  DropslipUploadElement,
  | "form"
  | "labels"
  | "validity"
  | "validationMessage"
  | "willValidate"
  | "checkValidity"
  | "reportValidity"
  | "addEventListener"
> {
  return element;
}

export function wrong(element: DropslipUploadElement, strings: Strings): void {
  // @ts-expect-error: the value comes from uploads
  element.value = "key";
  // @ts-expect-error: the list is a picture of the state
  element.files.push();
  // @ts-expect-error: no such text
  element.strings = { choose: "Select" };
  // @ts-expect-error: plural forms need the one for the rest
  element.strings = { total: { one: "{n}" } };
  // @ts-expect-error: no such form
  element.strings = { total: { single: "{n}", other: "{n}" } };
  // @ts-expect-error: a text is no language
  DropslipUploadElement.addLocales({ de: strings.pause });
}
