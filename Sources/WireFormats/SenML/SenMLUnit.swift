/// Units of SenML whose symbols mean something else, or nothing, among UCUM codes and what people write for them. All
/// others are the same, such as `Cel`, or are among those spellings, such as `kWh`.
///
/// Source: RFC 8428, section 12.1; RFC 8798 for secondary units.
enum SenMLUnit {
  /// `%` is a ratio there: 1 is all of it.
  private static let codes: [(symbol: StaticString, code: StaticString)] = [
    ("%", "1"), ("/", "1"), ("%RH", "%"), ("%EL", "%"), ("/100", "%"), ("/1000", "[ppth]"), ("1/s", "Hz"),
    ("beat/min", "/min"), ("beats", "{#}"), ("lat", "deg"), ("lon", "deg"), ("EL", "s"),
  ]

  /// What a value's sum over the seconds is in: the sum of watts is joules.
  private static let sums: [(symbol: StaticString, code: StaticString)] = [
    ("W", "J"), ("kW", "kJ"), ("m3/s", "m3"), ("l/s", "L"), ("1/s", "{#}"),
  ]

  /// The UCUM code of a symbol, or the symbol where both are the same.
  static func code(_ symbol: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    symbol.isEmpty ? symbol : find(symbol, codes) ?? symbol
  }

  /// The code of a sum's unit; empty where none is known.
  static func codeOfSum(_ symbol: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    find(symbol, sums) ?? .nothing
  }

  private static func find(
    _ symbol: UnsafeRawBufferPointer, _ table: [(symbol: StaticString, code: StaticString)]
  ) -> UnsafeRawBufferPointer? {
    for row in table where row.symbol.bytes.elementsEqual(symbol) { return row.code.bytes }
    return nil
  }
}
