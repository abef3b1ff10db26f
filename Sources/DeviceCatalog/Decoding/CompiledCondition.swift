import CSimdJSON
import WireFormats

/// Conditions on one place after the other, all of which have to hold.
struct CompiledConditions {
  private let conditions: [Condition]
  private let paths: PointerPaths

  /// - Parameter conditions: of plain places.
  init(_ conditions: [Condition]) {
    self.conditions = conditions
    paths = PointerPaths(conditions.map { $0.at.keys ?? [] })
  }

  var isEmpty: Bool { conditions.isEmpty }

  /// Whether all hold from a place on.
  func hold(from place: csj_element, in document: JSONDocument) -> Bool {
    for (index, condition) in conditions.enumerated() {
      guard let found = paths.follow(index, from: place), condition.holds(for: document.value(at: found)) else {
        return false
      }
    }
    return true
  }
}

extension Condition {
  /// Numbers and truth values are compared as they are written.
  func holds(for value: RawValue) -> Bool {
    guard let values else { return !value.isAbsent }
    switch value {
    case .text(let text): return values.contains { $0.utf8.elementsEqual(text) }
    case .integer(let number): return values.contains(String(number))
    case .unsigned(let number): return values.contains(String(number))
    case .double(let number): return values.contains(Number(number).text)
    case .boolean(let isTrue): return values.contains(isTrue ? "true" : "false")
    case .null: return values.contains("null")
    case .absent, .list, .object, .unheld: return false
    }
  }
}
