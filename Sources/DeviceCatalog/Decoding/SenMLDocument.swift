import CSimdJSON
import WireFormats

/// Reads a parsed JSON document as a SenML pack.
///
/// Source: RFC 8428, section 5.
enum SenMLDocument {
  /// - Parameter records: get the values; texts among them live until the document's next parse.
  /// - Returns: nil where the pack is good, else why all of it is refused.
  static func read(_ document: JSONDocument, into records: FieldRecords) -> Refusal? {
    do throws(Refusal) {
      guard case .list = document.value(at: document.root) else {
        throw Refusal(.malformed, "a SenML pack is a list of records, and the payload is no list")
      }
      var pack = SenMLPack(into: records)
      var members = csj_members(document.root)
      var member = csj_member()
      while !records.isOverfull, csj_next(&members, &member) {
        try pack.take(record(at: member.element, number: member.index + 1, in: document))
      }
      try pack.finish()
      return nil
    } catch {
      return error
    }
  }

  private static func record(
    at place: csj_element, number: Int64, in document: JSONDocument
  ) throws(Refusal) -> SenMLRecord {
    guard case .object = document.value(at: place) else {
      throw Refusal(.malformed, "the records of a SenML pack are objects, record \(number) is none")
    }
    var record = SenMLRecord()
    var fields = csj_members(place)
    var field = csj_member()
    while csj_next(&fields, &field) {
      let label = UnsafeRawBufferPointer(start: field.key, count: field.key_length)
      try record.set(label, document.value(at: field.element))
    }
    return record
  }
}
