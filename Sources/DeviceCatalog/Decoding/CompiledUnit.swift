import Telemetry
import WireFormats

/// canonical = value × factor + offset.
struct UnitScale {
  let factor: Double
  let offset: Double
}

/// Where a message says the unit of a metric's values, and the units that it may say.
struct CompiledUnit {
  private let slots: [Int]
  private let scales: NameTable<UnitScale>

  /// Nil for a metric whose unit no message says.
  init?(_ metric: Metric, slots: [Int]) {
    if slots.isEmpty { return nil }
    self.slots = slots
    var scales = NameTable<UnitScale>()
    for (word, unit) in metric.quantityUnits { scales.add(word, UnitScale(factor: unit.factor, offset: unit.offset)) }
    self.scales = scales
  }

  /// Where no unit stands, the metric's counts; where another stands than its dimension has, nobody knows what was
  /// measured: `type`.
  func normalize(
    _ raw: RawValue, by normalizer: Normalizer, _ values: UnsafePointer<RawValue>
  ) -> (quality: Quality, value: Number) {
    for slot in slots {
      switch values[slot] {
      case .absent, .null: continue
      case .text(let word):
        if let scale = scales.meanings(of: word).first { return normalizer.normalize(raw, unit: scale) }
      default: break
      }
      if case .null = raw { return (.missing, .zero) }
      return (.type, .zero)
    }
    return normalizer.normalize(raw)
  }
}
