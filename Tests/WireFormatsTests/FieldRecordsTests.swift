import Telemetry
import Testing
import WireFormats

/// Records of named values, and the memory under them.
@Suite
struct FieldRecordsTests {
  @Test("Fields are in the record that was begun last; texts that are kept stay what they are")
  func kept() {
    let records = FieldRecords()
    for round in 0..<3 {
      records.removeAll()
      for record in 0..<100 {
        records.begin(.at(Timestamp(seconds: Int64(record))))
        for field in 0..<20 {
          records.add(
            records.keep("f\(field)".utf8), .text(records.keep(String(repeating: "x\(round)\(record)", count: 30).utf8))
          )
        }
      }
      #expect(records.records.count == 100 && records.fields.count == 2000)
      for (number, record) in records.records.enumerated() {
        #expect(record.time == .at(Timestamp(seconds: Int64(number))))
        for (index, field) in records.fields[record.fields].enumerated() {
          #expect(String(decoding: field.name, as: UTF8.self) == "f\(index)")
          let text = field.value.text.map { String(decoding: $0, as: UTF8.self) }
          #expect(text == String(repeating: "x\(round)\(number)", count: 30))
        }
      }
    }
  }

  @Test("What spoils fields changes the good ones among them, and no other")
  func spoilt() {
    let records = FieldRecords()
    for quality in [Quality.good, .good, .missing, .good] { records.add("a", .null, quality: quality) }
    records.spoil(1..<3, .type)
    #expect(records.fields.map(\.quality) == [.good, .type, .missing, .good])
    records.spoil(3..<9, .overflow)
    #expect(records.fields.map(\.quality) == [.good, .type, .missing, .overflow])
  }

  @Test("Beyond the most fields nothing is kept, and that is said")
  func overfull() {
    let records = FieldRecords()
    for number in 0...FieldRecords.mostFields { records.add("a", .integer(Int64(number))) }
    #expect(records.isOverfull && records.fields.count == FieldRecords.mostFields)
    records.removeAll()
    #expect(!records.isOverfull && records.records.isEmpty)
  }
}
