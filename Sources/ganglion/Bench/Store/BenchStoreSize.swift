import Foundation
import Storage
import Telemetry

/// How much of the disk readings take.
struct BenchStoreSize {
  private static let begin: Int64 = 1_763_654_400

  /// An hour of 1,000 series that report every ten seconds, checkpoints as often.
  func readings(in directory: String) throws -> [BenchFigure] {
    let feed = try StoreFeed(directory: directory, devices: 200, interval: 10)
    let before = try feed.store.read { try $0.usedBytes() }
    for second in stride(from: Self.begin, to: Self.begin + 3600, by: 10) {
      for device in 0..<feed.devices { try feed.send(device: device, at: second) }
      try feed.checkpoint()
    }
    let (used, samples) = try feed.store.read { (try $0.usedBytes(), try $0.sampleBytes()) }
    let readings = Double(feed.readings)
    return [
      BenchFigure(name: "readings", value: readings, decimals: 0),
      BenchFigure(name: "bytes of the file per reading, samples included", value: Double(used - before) / readings),
      BenchFigure(name: "bytes of samples per reading, while they are kept", value: Double(samples) / readings),
    ]
  }

  /// A year of 100 series that report every five minutes; minutes are kept for a week, hours for sixty days.
  func year(in directory: String) throws -> [BenchFigure] {
    var limits = Store.Limits()
    limits.retention.minutes = .seconds(7 * 86400)
    limits.retention.hours = .seconds(60 * 86400)
    let feed = try StoreFeed(directory: directory, devices: 20, interval: 300, limits: limits)
    var figures: [BenchFigure] = []
    for day in Int64(0)..<365 {
      for second in stride(from: day * 86400, to: (day + 1) * 86400, by: 300) {
        for device in 0..<feed.devices { try feed.send(device: device, at: Self.begin + second + Int64(device)) }
        guard (second + 300) % 3600 == 0 else { continue }
        try feed.checkpoint()
        try feed.keepUp(at: Self.begin + second + 300)
      }
      if (day + 1) % 73 == 0 {
        let size = try FileManager.default.attributesOfItem(atPath: "\(directory)/store.db")[.size] as? Int ?? 0
        figures.append(BenchFigure(name: "store.db after \(day + 1) days, MB", value: Double(size) / 1e6, decimals: 2))
      }
    }
    figures.append(BenchFigure(name: "readings", value: Double(feed.readings), decimals: 0))
    return figures
  }
}
