import CSimdJSON

/// One parsed JSON document at a time, and the values at many pointers in it. One thread; memory is reused.
///
/// Of an object's equal keys the first counts. A byte order mark before the document is passed over.
final class JSONDocument {
  /// Bytes behind a payload that must be readable; their content does not matter.
  static let padding = Int(CSJ_PADDING)
  static let maxDepth = 64

  private let parser: OpaquePointer
  /// The document was parsed with its unheld numbers marked.
  private var isMarked = false

  init(maxBytes: Int) {
    guard let parser = csj_parser_create(maxBytes, JSONDocument.maxDepth) else {
      preconditionFailure("no memory for a JSON parser")
    }
    self.parser = parser
  }

  deinit {
    csj_parser_destroy(parser)
  }

  /// Nil where the payload is a JSON text, else what is wrong with it.
  func parse(_ payload: UnsafeRawBufferPointer) -> String? {
    isMarked = false
    let text = payload.starts(with: Self.byteOrderMark) ? UnsafeRawBufferPointer(rebasing: payload[3...]) : payload
    var error = parseOnce(text)
    if csj_is_number_error(error) { error = parseMarked(text) ?? error }
    return error == 0 ? nil : String(cString: csj_error_message(error))
  }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private func parseOnce(_ text: UnsafeRawBufferPointer) -> Int32 {
    csj_parse(parser, text.baseAddress?.assumingMemoryBound(to: UInt8.self), text.count)
  }

  /// The slow way, for a document that may hold a number which nothing holds; nil where it is none.
  private func parseMarked(_ text: UnsafeRawBufferPointer) -> Int32? {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: text.count + Self.padding, alignment: 1)
    defer { copy.deallocate() }
    copy.initializeMemory(as: UInt8.self, repeating: 0)
    copy.copyMemory(from: text)
    let marked = UnsafeMutableRawBufferPointer(rebasing: copy[..<text.count])
    guard UnheldNumbers.mark(in: marked) else { return nil }
    isMarked = true
    return parseOnce(UnsafeRawBufferPointer(marked))
  }

  /// Reads all paths; strings among the values live until the next parse.
  func read(_ paths: PointerPaths, into values: UnsafeMutablePointer<csj_value>) {
    csj_read(parser, paths.paths, paths.count, values)
    guard isMarked else { return }
    for index in 0..<paths.count {
      if let text = values[index].text, UnheldNumbers.isMarker(text) { values[index].type = CSJ_UNHELD }
    }
  }
}

/// JSON pointers in the form that the parser walks, in memory of their own.
final class PointerPaths {
  let count: Int
  fileprivate let paths: UnsafeMutablePointer<csj_path>
  private let steps: UnsafeMutablePointer<csj_step>
  private let keys: UnsafeMutablePointer<CChar>

  init(_ pointers: [JSONPointer]) {
    count = pointers.count
    let all = pointers.flatMap(\.steps)
    paths = .allocate(capacity: max(1, pointers.count))
    steps = .allocate(capacity: max(1, all.count))
    keys = .allocate(capacity: max(1, all.reduce(0) { $0 + $1.utf8.count }))
    var key = keys
    for (i, step) in all.enumerated() {
      for (j, byte) in step.utf8.enumerated() { key[j] = CChar(bitPattern: byte) }
      steps[i] = csj_step(key: key, key_length: step.utf8.count, index: JSONPointer.index(of: step) ?? -1)
      key += step.utf8.count
    }
    var next = steps
    for (i, pointer) in pointers.enumerated() {
      paths[i] = csj_path(steps: next, count: pointer.steps.count)
      next += pointer.steps.count
    }
  }

  deinit {
    paths.deallocate()
    steps.deallocate()
    keys.deallocate()
  }
}
