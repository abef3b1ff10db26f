/// The way from a unit to its dimension's canonical one: canonical = value × factor + offset.
struct UnitScale {
  let factor: Double
  let offset: Double

  init(_ unit: Unit) {
    factor = unit.factor
    offset = unit.offset
  }
}

/// Finds a unit of one dimension by its code, or by what people write for it, without making a String.
final class UnitNames {
  private var units = NameTable<UnitScale>()

  init(_ units: [String: Unit]) {
    for (name, unit) in units { self.units.add(name, UnitScale(unit)) }
  }

  /// Nil for a unit of another dimension, or of none that is known.
  @inline(__always)
  func scale(of name: UnsafeRawBufferPointer) -> UnitScale? { units.meanings(of: name).first }
}
