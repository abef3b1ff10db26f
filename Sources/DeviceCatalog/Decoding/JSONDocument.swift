import CSimdJSON
import Telemetry
import WireFormats

/// One parsed JSON document at a time, and the values at places in it. One thread; memory is reused.
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

  /// The place of the whole document.
  var root: csj_element { csj_root(parser) }

  /// What stands at a place; a text among the values lives until the next parse.
  func value(at place: csj_element) -> RawValue { value(csj_describe(place)) }

  /// Reads all paths from a place on.
  func read(_ paths: PointerPaths, from place: csj_element, into values: UnsafeMutablePointer<RawValue>) {
    csj_read(place, paths.paths, paths.count, paths.values)
    for index in 0..<paths.count { values[index] = value(paths.values[index]) }
  }

  @inline(__always)
  private func value(_ found: csj_value) -> RawValue {
    switch found.type {
    case CSJ_ABSENT: return .absent
    case CSJ_NULL: return .null
    case CSJ_BOOL: return .boolean(found.number.boolean != 0)
    case CSJ_INT64: return .integer(found.number.int64)
    case CSJ_UINT64: return .unsigned(found.number.uint64)
    case CSJ_DOUBLE: return .double(found.number.float64)
    case CSJ_STRING:
      let text = UnsafeRawBufferPointer(start: found.string, count: found.string_length)
      return isMarked && UnheldNumbers.isMarker(text) ? .unheld : .text(text)
    case CSJ_ARRAY: return .list
    default: return .object
    }
  }
}

/// JSON pointers in the form that the parser walks, in memory of their own.
final class PointerPaths {
  let count: Int
  fileprivate let paths: UnsafeMutablePointer<csj_path>
  /// What the parser answers.
  fileprivate let values: UnsafeMutablePointer<csj_value>
  private let steps: UnsafeMutablePointer<csj_step>
  private let keys: UnsafeMutablePointer<CChar>

  /// - Parameter pointers: the keys of each, from the root on.
  init(_ pointers: [[String]]) {
    count = pointers.count
    let all = pointers.flatMap { $0 }
    paths = .allocate(capacity: max(1, pointers.count))
    values = .allocate(capacity: max(1, pointers.count))
    values.initialize(repeating: csj_value(), count: max(1, pointers.count))
    steps = .allocate(capacity: max(1, all.count))
    keys = .allocate(capacity: max(1, all.reduce(0) { $0 + $1.utf8.count }))
    var key = keys
    for (i, step) in all.enumerated() {
      for (j, byte) in step.utf8.enumerated() { key[j] = CChar(bitPattern: byte) }
      steps[i] = csj_step(key: key, key_length: step.utf8.count, index: ValuePath.index(of: step) ?? -1)
      key += step.utf8.count
    }
    var next = steps
    for (i, pointer) in pointers.enumerated() {
      paths[i] = csj_path(steps: next, count: pointer.count)
      next += pointer.count
    }
  }

  deinit {
    paths.deallocate()
    values.deallocate()
    steps.deallocate()
    keys.deallocate()
  }

  /// Goes on from a place; nil where the path leads nowhere.
  func follow(_ index: Int, from place: csj_element) -> csj_element? {
    var place = place
    return csj_follow(&place, paths[index]) ? place : nil
  }
}
