/**
 * The public types of the Dropslip client, written by hand: what an editor shows is what is documented here.
 *
 * The modules beside this file are plain JavaScript and are checked against these declarations.
 */

/** What an upload is doing. */
export type Phase =
  /** It waits for its turn, takes checksums, or has addresses signed. */
  | "preparing"
  /** Bytes travel. */
  | "sending"
  /** Nothing travels: the browser is offline, or the last failure is followed by a pause. `cause` says why. */
  | "waiting"
  /** `pause()` was called. */
  | "paused"
  /** All bytes have arrived, and the service looks at them. */
  | "finishing"
  /** The service has accepted the object. */
  | "done";

/**
 * How far an upload is.
 *
 * `loadedBytes` grows; only after a pause or a failure does it fall, to what can still be counted on: `phase` or `cause`
 * says why. It reaches `totalBytes` with the phase `done` and not before.
 */
export interface Progress {
  readonly phase: Phase;
  /** Bytes that have arrived, and those on their way that nothing has lost yet. */
  readonly loadedBytes: number;
  /** Bytes that the storage has said it has. These are never sent again. */
  readonly acceptedBytes: number;
  /** Size of the file, or of all files. */
  readonly totalBytes: number;
  /** Smoothed rate; 0 while it is unknown. */
  readonly bytesPerSecond: number;
  /** Estimate at the smoothed rate; `null` while it is unknown. */
  readonly secondsLeft: number | null;
  /** The last failure, until bytes have moved again. */
  readonly cause: UploadError | undefined;
}

/** Of many files together. */
export interface TotalProgress extends Omit<Progress, "phase" | "cause"> {
  /** Files that have been accepted. */
  readonly doneFiles: number;
  /** Files that will not arrive. Their bytes are taken out of `totalBytes`. */
  readonly failedFiles: number;
  readonly totalFiles: number;
}

/** What S3 can take for a checksum and Dropslip asks for. */
export type Algorithm = "sha256" | "crc32" | "crc32c" | "crc64nvme";

export interface UploadOptions {
  /** The kind of upload, as the service's configuration names it. */
  readonly preset: string;
  /** The service's uploads address. Default: `/v1/uploads` on the page's own origin. */
  readonly endpoint?: string | URL | undefined;
  /** Called when the phase changes and while bytes travel. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Aborts the upload: the promise rejects at once with the code `aborted`, and the storage is cleaned up. */
  readonly signal?: AbortSignal | undefined;
  /** Headers for the service, for example `authorization`. They never go to the storage. A function is asked before each call. */
  readonly headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>) | undefined;
  /** The name to give. Default: the file's own, or `upload` for a Blob without one. */
  readonly fileName?: string | undefined;
  /** Kept with the object; the names must be in the preset's `metadata`. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Connections shared with other uploads. Default: a queue of its own. */
  readonly queue?: Queue | undefined;
  /**
   * Where uploads are remembered, so that the same file goes on after a reload. Default: `localStorage`, where
   * there is one. `null` remembers nothing.
   */
  readonly memory?: Memory | null | undefined;
}

/** A `Storage`, as `sessionStorage`, or what answers like one, late if need be. When it fails, an upload only starts anew. */
export interface Memory {
  getItem(name: string): string | null | undefined | Promise<string | null | undefined>;
  setItem(name: string, text: string): unknown;
  removeItem(name: string): unknown;
}

/** The connections that uploads share: few at first, more while that makes the whole faster, half after a failure. */
export interface Queue {
  /** How many requests may carry bytes at present. */
  readonly limit: number;
}

/** @param connectionsMax Default: 6, as many as browsers open to one host by HTTP/1.1. */
export function createQueue(connectionsMax?: number): Queue;

/** An upload that goes on. */
export interface Upload<T = Uploaded> extends Promise<T> {
  /** Stops the bytes until `resume`. What has arrived stays. A PUT in one piece starts again at its first byte. */
  pause(): void;
  resume(): void;
}

export interface UploadManyOptions extends Omit<UploadOptions, "fileName" | "onProgress"> {
  /** Of all files together. */
  readonly onProgress?: ((progress: TotalProgress) => void) | undefined;
  /** Of one file, by its index. */
  readonly onFile?: ((index: number, progress: Progress) => void) | undefined;
}

/** An upload that the service has seen at the storage and accepted. */
export interface Uploaded {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  /** Size in bytes, as the storage reports it. */
  readonly size: number;
  readonly contentType: string;
  readonly etag: string;
  /** The public address, when the preset makes objects public. */
  readonly url?: string;
}

/** Codes that the client gives by itself. All others come from the service. */
export type ClientCode =
  /** The signal, or the person, ended it. */
  | "aborted"
  /** No readable answer, after all attempts. */
  | "network"
  /** The browser cannot read the file any more: it was moved, changed or its medium is gone. */
  | "file_unreadable"
  /** The storage refused the bytes. `storageCode` is S3's code for why. */
  | "storage_refused"
  /** What answers is no Dropslip service. */
  | "bad_answer";

/** A code with completion in editors, open for those of the service: its `/openapi.json` lists them. */
export type UploadErrorCode = ClientCode | (string & {});

/**
 * The one error of an upload. The message says what happened, the hint what to do. Neither holds a signed address.
 *
 * Wrong arguments are a programmer's mistake and throw a `TypeError`.
 */
export class UploadError extends Error {
  constructor(code: UploadErrorCode, message: string, details?: UploadErrorDetails);
  readonly name: "UploadError";
  readonly code: UploadErrorCode;
  /** The HTTP status, or 0 when there was no answer. */
  readonly status: number;
  /** What to change, for a person; empty when there is nothing to add. */
  readonly hint: string;
  /** S3's own code, as `SignatureDoesNotMatch`, when the storage refused. */
  readonly storageCode: string | undefined;
  /** The service's `x-request-id`, to find the request in its log. */
  readonly requestId: string | undefined;
  /** How long the server asked to wait (`Retry-After`). */
  readonly retryAfterMs: number | undefined;
  /** What the server answered, as it was. */
  readonly text: string | undefined;
  /** The limit that was passed, as `too_large` has it. */
  readonly limit: number | undefined;
  /** The types that the preset takes, as `type_not_accepted` has them. */
  readonly accept: readonly string[] | undefined;
}

export interface UploadErrorDetails {
  readonly status?: number | undefined;
  readonly hint?: string | undefined;
  readonly storageCode?: string | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly text?: string | undefined;
  readonly limit?: number | undefined;
  readonly accept?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/**
 * Sends one file straight to the storage: asks the service for a signed address, sends the bytes there, in one piece or
 * in parts as the service says, and has the service look at what arrived. Resolves only after that.
 *
 * Network faults, 408, 429 and 5xx are tried again with full jitter, for as long as there is hope; while the browser is
 * offline it waits. An upload in parts that was cut off by a reload goes on when the same file is given again.
 *
 * ```js
 * const { key } = await upload(file, { preset: "photo" });
 * ```
 */
export function upload(file: Blob, options: UploadOptions): Upload;

/**
 * Sends many files over shared connections. A file that fails does not stop the others: the results are in the order of
 * the files, each with its upload or the reason why there is none, as `Promise.allSettled` has them.
 */
export function uploadMany(
  files: Iterable<Blob>,
  options: UploadManyOptions,
): Upload<PromiseSettledResult<Uploaded>[]>;
