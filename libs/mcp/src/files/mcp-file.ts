/** A file that a server has handed over with a result. */
export interface McpFile {
  /** Clean, without folders, and with an ending that fits its type. */
  readonly name: string;
  /** By the bytes, and never by the word of the server; `application/octet-stream` for what is not known to be harmless. */
  readonly mediaType: string;
  readonly bytes: Buffer;
  /** Of an image, where its bytes tell. Pixels. */
  readonly width?: number;
  readonly height?: number;
}
