/// A message to draft a profile from.
public struct DraftSample: Sendable {
  public let topic: String
  public let payload: [UInt8]

  public init(topic: String, payload: [UInt8]) {
    self.topic = topic
    self.payload = payload
  }

  /// The payloads of a file: one a line where each line is a JSON object or list, else the whole file as one.
  public static func payloads(ofFile bytes: [UInt8]) -> [[UInt8]] {
    let newline = UInt8(ascii: "\n")
    let lines = bytes.split(whereSeparator: { $0 == newline || $0 == UInt8(ascii: "\r") })
      .map(Array.init).filter { $0.contains { $0 > 0x20 } }
    let document = JSONDocument(maxBytes: max(1, bytes.count))
    let areDocuments =
      lines.count > 1
      && lines.allSatisfy { line in
        guard case .leaf? = document.tree(of: line) else { return document.tree(of: line) != nil }
        return false
      }
    if areDocuments { return lines }
    // The end of the file is none of the device's.
    let end = bytes.lastIndex { $0 > 0x20 }.map { bytes.index(after: $0) } ?? bytes.endIndex
    return [document.tree(of: bytes) == nil ? bytes : Array(bytes[..<end])]
  }
}

extension JSONDocument {
  /// The tree of a payload; nil where it is no JSON.
  func tree(of payload: [UInt8]) -> JSONTree? {
    (payload + [UInt8](repeating: 0, count: JSONDocument.padding)).withUnsafeBytes { memory in
      let text = UnsafeRawBufferPointer(rebasing: memory[..<payload.count])
      return text.isEmpty || parse(text) != nil ? nil : JSONTree(self)
    }
  }
}
