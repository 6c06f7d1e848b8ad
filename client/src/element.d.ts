/**
 * Types of `<dropslip-upload>`, written by hand. Importing the module defines the element.
 */

import type { Phase, Progress, Uploaded, UploadError, UploadOptions } from "./types.js";

/** A text, or one text for each plural form of the language (`Intl.PluralRules`), chosen by `n`. */
export type Text = string | ({ readonly other: string } & Partial<Record<Intl.LDMLPluralRule, string>>);

/** What stands in braces in a text. Numbers are written as the language writes them. */
export type Values = Readonly<Record<string, string | number>>;

/** The texts of the element. What stands in braces is replaced. */
export interface Strings {
  readonly dropOne: Text;
  readonly dropMany: Text;
  readonly chooseOne: Text;
  readonly chooseMany: Text;
  /** What a file is doing. These are read aloud with its name, too. */
  readonly preparing: Text;
  readonly sending: Text;
  readonly waiting: Text;
  readonly paused: Text;
  readonly finishing: Text;
  readonly done: Text;
  readonly failed: Text;
  readonly cancelled: Text;
  /** Names of buttons. */
  readonly pause: Text;
  readonly resume: Text;
  readonly cancel: Text;
  readonly retry: Text;
  readonly remove: Text;
  /** `{what}`, one of the texts above, and the file's `{name}`: a button's full name, or what is read aloud. */
  readonly named: Text;
  /** Why it waits: the browser is offline. */
  readonly offline: Text;
  /** `{loaded}` and `{total}` */
  readonly share: Text;
  /** `{time}` */
  readonly left: Text;
  /** `{done}` of `{n}` files. */
  readonly total: Text;
  /** `{n}` files that failed. */
  readonly missed: Text;
  /** Why the form cannot be sent: nothing is chosen, uploads go on, uploads have failed. */
  readonly required: Text;
  readonly busy: Text;
  readonly incomplete: Text;
  /** Files that were not taken: `{names}` */
  readonly skipped: Text;
  /** Why, when it is for their type: `{accept}` */
  readonly accepted: Text;
  /** Messages by the code of the error. Without one, the message of the error is shown as it is. */
  readonly errors?: Readonly<Record<string, string>>;
}

/** One file of the element, as it stands. */
export interface FileState {
  /** `null` when the browser has restored the form: the key is there, the file is not. */
  readonly file: File | null;
  /** The file's name, for one out of a folder its path. */
  readonly name: string;
  readonly size: number;
  readonly phase: Phase | "failed" | "cancelled";
  readonly progress?: Progress | undefined;
  readonly uploaded?: Uploaded | undefined;
  readonly error?: UploadError | Error | undefined;
}

export class DropslipUploadElement extends HTMLElement {
  static readonly formAssociated: true;

  /**
   * Adds languages, or changes texts of one: `addLocales({ de, en: { chooseMany: "Select photos" } })`. The names are
   * language tags. Elements that are there already change at once.
   */
  static addLocales(locales: Readonly<Record<string, Partial<Strings>>>): void;

  /** The attribute of the same name, as all up to `directory`. */
  name: string;
  /** The kind of upload, as the service's configuration names it. */
  preset: string;
  /** The service's uploads address. Default: `/v1/uploads` on the page's own origin. */
  endpoint: string;
  /** As of `<input type=file>`. Dropped and pasted files are held against it too. */
  accept: string;
  multiple: boolean;
  required: boolean;
  disabled: boolean;
  /** Whether the button chooses a folder. Folders can be dropped in any case, where `multiple` is set. */
  directory: boolean;

  /** Headers for the service, for example `authorization`. They never go to the storage. */
  headers: UploadOptions["headers"];
  /** Kept with each object, or made for each; the names must be in the preset's `metadata`. */
  metadata:
    | Readonly<Record<string, string>>
    | ((file: File, path: string) => Readonly<Record<string, string>> | undefined)
    | undefined;
  /** Texts of this element alone. They win over the language's. */
  strings: Partial<Strings> | undefined;

  /** The key of the first file that has been uploaded, or nothing. `clear()` empties it. */
  readonly value: string;
  /** The keys of all files that have been uploaded. */
  readonly values: readonly string[];
  /** All files that are listed, as they stand now. */
  readonly files: readonly FileState[];

  /** Adds files as if they had been dropped. */
  add(files: Iterable<File>): void;
  /** Ends what is on its way and empties the list, as a reset of the form does. */
  clear(): void;

  readonly form: HTMLFormElement | null;
  readonly labels: NodeListOf<HTMLLabelElement>;
  readonly validity: ValidityState;
  readonly validationMessage: string;
  readonly willValidate: boolean;
  checkValidity(): boolean;
  reportValidity(): boolean;
  setCustomValidity(message: string): void;

  addEventListener<K extends keyof DropslipUploadEvents>(
    type: K,
    listener: (this: DropslipUploadElement, event: DropslipUploadEvents[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener<K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (this: DropslipUploadElement, event: HTMLElementEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** They bubble. `input` and `change` are dispatched too, when the value has changed. */
export interface DropslipUploadEvents {
  "dropslip-progress": CustomEvent<{ readonly file: File; readonly progress: Progress }>;
  "dropslip-done": CustomEvent<{ readonly file: File } & Uploaded>;
  /** An upload failed, or a file was not taken for its type (`type_not_accepted`). */
  "dropslip-error": CustomEvent<{ readonly file: File; readonly error: UploadError | Error }>;
}

declare global {
  interface HTMLElementTagNameMap {
    "dropslip-upload": DropslipUploadElement;
  }
}
