/** Pictures of height × width 24×40, each of one colour, as Pillow 13 writes them. */
const base64 = {
  png: "iVBORw0KGgoAAAANSUhEUgAAACgAAAAYCAIAAAAH5iiXAAAAK0lEQVR4nGPkOiHHMBCAaUBsHbV41OJRi0ctHrV41OJRi0ctHrV41GKaAAC8yQEgUF6a0gAAAABJRU5ErkJggg==",
  "baseline JPEG":
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////2wBDAf//////////////////////////////////////////////////////////////////////////////////////wAARCAAYACgDASIAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAVAQEBAAAAAAAAAAAAAAAAAAAAAv/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AACUAAAAAAAAAAP/2Q==",
  "progressive JPEG":
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////2wBDAf//////////////////////////////////////////////////////////////////////////////////////wgARCAAYACgDASIAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABYBAQEBAAAAAAAAAAAAAAAAAAABAv/aAAwDAQACEAMQAAABCZAAAAA//8QAFBABAAAAAAAAAAAAAAAAAAAAMP/aAAgBAQABBQJ//8QAFBEBAAAAAAAAAAAAAAAAAAAAIP/aAAgBAwEBPwFf/8QAFBEBAAAAAAAAAAAAAAAAAAAAIP/aAAgBAgEBPwFf/8QAFBABAAAAAAAAAAAAAAAAAAAAMP/aAAgBAQAGPwJ//8QAFBABAAAAAAAAAAAAAAAAAAAAMP/aAAgBAQABPyF//9oADAMBAAIAAwAAABAEEEEEH//EABQRAQAAAAAAAAAAAAAAAAAAACD/2gAIAQMBAT8QX//EABQRAQAAAAAAAAAAAAAAAAAAACD/2gAIAQIBAT8QX//EABQQAQAAAAAAAAAAAAAAAAAAADD/2gAIAQEAAT8Qf//Z",
  "lossy WebP": "UklGRj4AAABXRUJQVlA4IDIAAAAQAwCdASooABgAP/3+/3+/uzcyJWgD8D+JZwAAKUN9XAAA8Y/e5aKRX/BskU5IAAAAAA==",
  "lossless WebP": "UklGRh4AAABXRUJQVlA4TBEAAAAvJ8AFAAdQ5CrUo/+BiOh/AAA=",
  "extended WebP":
    "UklGRlYAAABXRUJQVlA4WAoAAAAQAAAAJwAAFwAAQUxQSAoAAAABB1CyiAhERP8DVlA4ICYAAADwAgCdASooABgAP/3+/3+/uzayJWgD8D+JaQAAKUNt8AD+5d0AAA==",
} as const;

export const pictures: readonly (readonly [form: string, bytes: Uint8Array])[] = Object.entries(base64).map(
  ([form, text]) => [form, Buffer.from(text, "base64")],
);

/** A PNG of height × width 24×40 and its sha256. */
export const picture: Uint8Array = Buffer.from(base64.png, "base64");
