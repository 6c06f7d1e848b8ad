/**
 * The public types of the Dropslip client, written by hand: what an editor shows is what is documented here.
 *
 * The modules beside this file are plain JavaScript and are checked against these declarations.
 */

/** Where a file's way stands. Each attempt starts at 0 bytes again; within one attempt nothing goes backwards. */
export interface Progress {
  /** Bytes that have left the browser in this attempt. */
  readonly loadedBytes: number;
  /** Size of the file. */
  readonly totalBytes: number;
  /** Smoothed rate; 0 while it is unknown. */
  readonly bytesPerSecond: number;
  /** Estimate at the smoothed rate; `null` while it is unknown. */
  readonly secondsLeft: number | null;
  /** 1 for the first attempt to send the bytes. */
  readonly attempt: number;
}

export interface UploadOptions {
  /** The kind of upload, as the service's configuration names it. */
  readonly preset: string;
  /** The service's uploads address. Default: `/v1/uploads` on the page's own origin. */
  readonly endpoint?: string | URL | undefined;
  /** Called at the start of each attempt, while bytes travel, and when the last one has left. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Aborts the upload: the promise rejects at once with the code `aborted`, and the service is told. */
  readonly signal?: AbortSignal | undefined;
  /** Headers for the service, for example `authorization`. They never go to the storage. */
  readonly headers?: Headers | Readonly<Record<string, string>> | undefined;
  /** The name to give. Default: the file's own, or `upload` for a Blob without one. */
  readonly fileName?: string | undefined;
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
export type ClientCode = "aborted" | "network" | "storage_refused" | "bad_answer";

/** Codes of the service's problem details, at the time of writing; later services may add some. */
export type ServiceCode =
  | "invalid_json"
  | "unsupported_media_type"
  | "body_too_large"
  | "invalid_request"
  | "unknown_preset"
  | "type_not_accepted"
  | "too_large"
  | "too_small"
  | "invalid_file_name"
  | "unauthorized"
  | "forbidden_host"
  | "invalid_upload_id"
  | "upload_expired"
  | "not_uploaded"
  | "size_mismatch"
  | "type_mismatch"
  | "storage_unreachable"
  | "storage_refused"
  | "not_found"
  | "method_not_allowed"
  | "internal";

/** A code with completion in editors, open for codes to come. */
export type UploadErrorCode = ClientCode | ServiceCode | (string & {});

/**
 * The one error of an upload. The message says what happened, the hint what to do. Neither holds a signed address.
 *
 * Wrong arguments are a programmer's mistake and reject with a `TypeError`.
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
}

export interface UploadErrorDetails {
  readonly status?: number | undefined;
  readonly hint?: string | undefined;
  readonly storageCode?: string | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * Sends one file straight to the storage: asks the service for a signed address, sends the bytes there, and has the
 * service look at what arrived. Resolves only after that.
 *
 * Network faults, 408, 429 and 5xx are tried again, five times at most, with full jitter.
 *
 * ```js
 * const { key } = await upload(file, { preset: "photo" });
 * ```
 */
export function upload(file: Blob, options: UploadOptions): Promise<Uploaded>;
