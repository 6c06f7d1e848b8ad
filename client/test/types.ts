/** Right uses compile; each wrong one is held by an `@ts-expect-error`, which fails when it becomes allowed. */

import { upload, UploadError, type Progress, type Uploaded } from "dropslip";

declare const file: File;
declare const blob: Blob;

export async function right(): Promise<Uploaded> {
  await upload(file, { preset: "photo" });
  await upload(blob, { preset: "photo", fileName: "voice.webm", endpoint: new URL("https://up.example/v1/uploads") });
  const controller = new AbortController();
  const onProgress = ({ loadedBytes, totalBytes, secondsLeft }: Progress): number | null =>
    totalBytes === 0 ? null : loadedBytes / totalBytes + (secondsLeft ?? 0);
  const done = await upload(file, {
    preset: "photo",
    signal: controller.signal,
    headers: { authorization: "Bearer key" },
    onProgress,
  });
  const url: string | undefined = done.url;
  return url === undefined ? done : { ...done, url };
}

export function onFailure(error: unknown): string {
  if (!(error instanceof UploadError)) throw error;
  if (error.code === "aborted" || error.code === "a_code_to_come") return "";
  const status: number = error.status;
  return `${error.message} ${error.hint} ${status} ${error.storageCode ?? ""}`;
}

export async function wrong(): Promise<void> {
  // @ts-expect-error: the preset is required
  await upload(file, {});
  // @ts-expect-error: the options are required
  await upload(file);
  // @ts-expect-error: a name is no file
  await upload("cat.jpg", { preset: "photo" });
  // @ts-expect-error: a preset is a text
  await upload(file, { preset: 1 });
  // @ts-expect-error: no such option
  await upload(file, { preset: "photo", retries: 3 });
  // @ts-expect-error: the controller in place of its signal
  await upload(file, { preset: "photo", signal: new AbortController() });
  // @ts-expect-error: progress is a value, not two numbers
  await upload(file, { preset: "photo", onProgress: (loaded: number, total: number) => loaded / total });
  const done = await upload(file, { preset: "photo" });
  // @ts-expect-error: a private object has no address
  done.url.length;
  // @ts-expect-error: the answer cannot be changed
  done.key = "other";
  // @ts-expect-error: an error needs a code and a message
  new UploadError("aborted");
}
