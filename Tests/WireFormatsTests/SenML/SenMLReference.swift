import Simulator

/// A slow, obvious resolver: it looks back through the whole pack for each base field.
enum SenMLReference {
  /// Names have no separators but at a base name's end; numbers are small and whole.
  struct Record {
    var bn: String?
    var bt: Int64?
    var bu: String?
    var bv: Int64?
    var n: String
    var u: String?
    var v: Int64?
    var t: Int64?

    var fields: [(String, CBORWriter.Value)] {
      var fields: [(String, CBORWriter.Value)] = [("n", .text(n))]
      for (label, text) in [("bn", bn), ("bu", bu), ("u", u)] { if let text { fields.append((label, .text(text))) } }
      for (label, number) in [("bt", bt), ("bv", bv), ("v", v), ("t", t)] {
        if let number { fields.append((label, .integer(number))) }
      }
      return fields
    }

    static func randomPack(_ random: inout RandomSource) -> [Record] {
      func maybe<Item>(_ times: Int, _ item: Item) -> Item? { random.happens(onceIn: times) ? item : nil }
      return (0..<Int.random(in: 1...12, using: &random)).map { _ in
        let name = String("abc".randomElement(using: &random)!)
        return Record(
          bn: maybe(4, ["p:", "q/"].randomElement(using: &random)!),
          bt: maybe(4, [1_763_700_000, 0, -50].randomElement(using: &random)!),
          bu: maybe(4, ["Cel", "V"].randomElement(using: &random)!),
          bv: maybe(6, Int64.random(in: 0...9, using: &random)),
          n: name, u: maybe(3, "A"), v: maybe(1, Int64.random(in: 0...9, using: &random)),
          t: maybe(2, Int64.random(in: -9...9, using: &random)))
      }
    }
  }

  /// `device metric=value unit time`, of each value.
  static func values(of pack: [Record]) -> [String] {
    pack.indices.map { index in
      let before = pack[...index].reversed()
      let record = pack[index]
      let base = before.compactMap(\.bn).first
      let device = base.map { "'\($0.dropLast())'" } ?? "-"
      let unit = (record.u ?? before.compactMap(\.bu).first).map { " \($0)" } ?? ""
      let value = (before.compactMap(\.bv).first ?? 0) + (record.v ?? 0)
      let seconds = (before.compactMap(\.bt).first ?? 0) + (record.t ?? 0)
      let time = seconds == 0 ? "?" : seconds < 1 << 28 ? "now\(seconds * 1_000_000)" : "\(seconds * 1_000_000)"
      return "\(device) \(record.n)=\(value)\(unit) \(time)"
    }
  }
}
