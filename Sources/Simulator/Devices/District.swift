/// The city's districts that have devices.
enum District: String, CaseIterable {
  case licheng, fengze, luojiang, quangang, jinjiang, shishi, nanan, huian

  /// Of its centre, WGS 84, to some hundred metres.
  var centreDegrees: (longitude: Double, latitude: Double) {
    switch self {
    case .licheng: (118.587, 24.908)
    case .fengze: (118.613, 24.891)
    case .luojiang: (118.671, 24.940)
    case .quangang: (118.916, 25.117)
    case .jinjiang: (118.552, 24.782)
    case .shishi: (118.648, 24.732)
    case .nanan: (118.386, 24.960)
    case .huian: (118.797, 25.031)
    }
  }

  /// Which of the water plants serves it.
  var waterZone: Int {
    switch self {
    case .licheng, .fengze, .luojiang: 0
    case .jinjiang, .shishi: 1
    case .nanan, .huian, .quangang: 2
    }
  }
}

/// A community of residents: the site of bins, pavilions and household meters.
struct Community {
  let name: String
  let district: District

  /// 88 of them, eleven in each district, of different names.
  static let all: [Community] = firstWords.enumerated().flatMap { row, first in
    secondWords.enumerated().map { column, second in
      Community(name: "\(first)-\(second)", district: District.allCases[(row + column) % District.allCases.count])
    }
  }

  private static let firstWords = [
    "wan", "he", "dong", "xi", "bei", "nan", "jin", "long", "qing", "yang", "shan",
  ]
  private static let secondWords = ["an", "ping", "hu", "feng", "mei", "tang", "lin", "qiao"]
}
