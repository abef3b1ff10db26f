import CSimdJSON

/// One parsed JSON document at a time, and the values at many pointers in it. One thread; memory is reused.
final class JSONDocument {
  /// Bytes behind a payload that must be readable; their content does not matter.
  static let padding = Int(CSJ_PADDING)
  static let maxDepth = 64

  private let parser: OpaquePointer

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
    let error = csj_parse(parser, payload.baseAddress?.assumingMemoryBound(to: UInt8.self), payload.count)
    return error == 0 ? nil : String(cString: csj_error_message(error))
  }

  /// Reads all paths; strings among the values live until the next parse.
  func read(_ paths: PointerPaths, into values: UnsafeMutablePointer<csj_value>) {
    csj_read(parser, paths.paths, paths.count, values)
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
