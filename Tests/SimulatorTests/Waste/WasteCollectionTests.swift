import Telemetry
import TestSupport
import Testing

@testable import Simulator

/// Bins and pavilions fill when residents come, and trucks fetch what is in them.
@Suite
struct WasteCollectionTests {
  private static let midnight = Timestamp(seconds: 1_763_654_400)

  private func messages(
    of device: any SimulatedDevice, days: Int, _ random: inout RandomSource
  ) -> [(time: Timestamp, message: SimulatedMessage)] {
    var device = device
    return stride(from: 0.0, to: Double(days) * 86400, by: device.interval.seconds).map { second in
      let time = Self.midnight + .seconds(second)
      return (time, device.message(at: time, using: &random))
    }
  }

  private func number(_ metric: String, in message: SimulatedMessage) -> Double? {
    guard case .number(let value) = message.readings.first(where: { $0.metric == metric })?.value else { return nil }
    return value
  }

  @Test("There are 300 bins in 88 communities of eight districts, 2,388 pavilions, and a truck for each route")
  func counts() {
    let devices = WasteCollection.devices()
    #expect(devices.count { $0 is WeighingBin } == 300)
    #expect(devices.count { $0 is SortingPavilion } == 2388)
    #expect(devices.count { $0 is CollectionTruck } == 48)
    #expect(Set(Community.all.map(\.name)).count == 88)
    #expect(Set(Community.all.map(\.district)).count == 8)
    #expect(WasteCollection.small().count == 60)
  }

  @Test("Most of a day's waste comes from half past six to nine and from six to nine in the evening")
  func peaks() {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    var inPeaks = 0.0
    var all = 0.0
    for number in 1...20 {
      let bin = WeighingBin(number: number, community: Community.all[number])
      for (time, message) in messages(of: bin, days: 2, &random) {
        let added = self.number("weight_added", in: message) ?? 0
        all += added
        if (6.5..<9).contains(time.cityHour) || (18..<21).contains(time.cityHour) { inPeaks += added }
      }
    }
    #expect((0.55...0.8).contains(inPeaks / all), "\(inPeaks) of \(all) kg, seed \(seed)")
    let perBinAndDay = all / 40
    #expect((35...75).contains(perBinAndDay), "\(perBinAndDay) kg, seed \(seed)")
  }

  @Test("What is in a bin grows by what was added, and is nothing after it was emptied")
  func contents() {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    var bin = WeighingBin(number: 7, community: Community.all[7])
    var before: (content: Double, emptyings: Double)?
    var emptied = 0
    for minute in stride(from: 0, to: 3 * 1440, by: 5) {
      let message = bin.message(at: Self.midnight + .seconds(minute * 60), using: &random)
      guard let content = number("content_weight", in: message), let added = number("weight_added", in: message),
        let emptyings = number("emptyings", in: message)
      else {
        before = nil
        continue
      }
      if let before {
        if emptyings > before.emptyings { emptied += 1 }
        let kept = emptyings > before.emptyings ? 0 : before.content
        #expect(abs(content - kept - added) < 1e-6, "minute \(minute), seed \(seed)")
      }
      before = (content, emptyings)
    }
    #expect(emptied >= 3, "seed \(seed)")
  }

  @Test("A truck is out after the peaks and else stands; its load is what it lifted since it unloaded")
  func trucks() {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    let truck = CollectionTruck(number: 9, route: 3, district: .fengze)
    var lifted = 0.0
    var lifts = 0
    for (time, message) in messages(of: truck, days: 1, &random) {
      guard case .state(let activity) = message.readings.last?.value else { continue }
      if activity == "unloading" { lifted = 0 }
      if activity == "lifting" {
        #expect(WasteHours.isCollection(at: time))
        lifts += 1
        guard let weight = number("weight_lifted", in: message) else {
          // What the scale told wrongly is known by the next gross weight.
          lifted = (number("gross_weight", in: message) ?? 0) - 6500
          continue
        }
        lifted += weight
      }
      #expect(abs((number("gross_weight", in: message) ?? 0) - 6500 - lifted) < 1 + 0.1 * Double(lifts), "seed \(seed)")
    }
    #expect((100...200).contains(lifts), "\(lifts) lifts, seed \(seed)")
  }

  @Test("In nearly all pavilions all that is sensed works, and what is broken is so all day")
  func pavilions() {
    let seed = testSeed()
    var random = RandomSource(seed: seed)
    let morning = Self.midnight + .seconds(8 * 3600)
    var working = 0
    for number in 1...1000 {
      var pavilion = SortingPavilion(number: number, community: Community.all[number % 88])
      let states = [0, 6 * 3600].map { later -> KnownReading.Value? in
        let message = pavilion.message(at: morning + .seconds(later), using: &random)
        return message.readings.first { $0.metric == "facilities" }?.value
      }
      if states[0] == .state("working") { working += 1 }
      if !states.contains(.bad) { #expect(states[0] == states[1], "pavilion \(number), seed \(seed)") }
    }
    #expect((880...980).contains(working), "\(working), seed \(seed)")
  }
}
