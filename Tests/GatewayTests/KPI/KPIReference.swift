import Telemetry
import TestSupport

@testable import Gateway

/// What each form comes to, slow and obvious: reading by reading, second by second.
struct KPIReference {
  typealias Place = KPITestStore.Place

  let store: KPITestStore
  /// Of the windows asked for, and of the stored ones that they are made of: seconds. The zone is eight hours east.
  let window: Int64
  let level: Int64

  init(_ store: KPITestStore, window text: String) {
    self.store = store
    window = Duration(text: text)!.components.seconds
    level = window == 86400 ? 86400 : window % 3600 == 0 ? 3600 : 60
  }

  private func start(_ second: Int64, of length: Int64) -> Int64 {
    let shift: Int64 = 8 * 3600
    return (second + shift) / length * length - shift
  }

  /// Where what a device does in a second counts: by the tags at the stored window's start.
  func place(_ device: String, _ second: Int64) -> Place {
    Place(site: store.site(device, at: start(second, of: level)), start: start(second, of: window))
  }

  func weight() -> [Place: Double] {
    store.weights.reduce(into: [:]) { $0[place($1.device, $1.second), default: 0] += $1.value }
  }

  /// Twice the weight, and how often weight and temperature were told.
  func meanWeight() -> (part: [Place: Double], whole: [Place: Double]) {
    let told = (store.weights + store.temperatures).reduce(into: [Place: Double]()) {
      $0[place($1.device, $1.second), default: 0] += 1
    }
    return (weight().mapValues { $0 * 2 }, told)
  }

  /// Seconds ON, and seconds in which a mode is known: it lasts until the next one, at most for three intervals.
  func timeOn() -> (part: [Place: Double], whole: [Place: Double]) {
    var (part, whole): ([Place: Double], [Place: Double]) = ([:], [:])
    for device in Set(store.readings.map(\.device)) {
      let modes = store.readings(of: device).filter { $0.mode != nil }
      for (index, reading) in modes.enumerated() {
        let next = index + 1 < modes.count ? modes[index + 1].second : KPITestStore.noon
        for second in reading.second..<min(next, reading.second + 3 * KPITestStore.interval) {
          // A step between two readings counts where it begins, window by window.
          let home = place(device, max(reading.second, start(second, of: window)))
          whole[home, default: 0] += 1
          part[home, default: 0] += reading.mode == "ON" ? 1 : 0
        }
      }
    }
    return (part, whole)
  }

  /// Devices with a mean temperature of at least 40, and devices with one.
  func warmDevices() -> (part: [Place: Double], whole: [Place: Double]) {
    let values = store.temperatures.reduce(into: [Place: [String: [Double]]]()) {
      $0[place($1.device, $1.second), default: [:]][$1.device, default: []].append($1.value)
    }
    return (
      values.mapValues { devices in
        Double(devices.values.count { $0.reduce(0, +) / Double($0.count) >= 40 })
      }, values.mapValues { Double($0.count) }
    )
  }

  /// The listed devices by place: minute by minute from when they were listed.
  private func listed() -> [Place: Set<String>] {
    var places: [Place: Set<String>] = [:]
    for device in KPITestStore.listed {
      for minute in stride(from: start(KPITestStore.begin, of: 60), to: KPITestStore.noon, by: 60) {
        places[place(device, minute), default: []].insert(device)
      }
    }
    return places
  }

  /// Listed devices whose last mode is ON, and all listed ones.
  func listedOn() -> (part: [Place: Double], whole: [Place: Double]) {
    var last: [Place: [String: String]] = [:]
    for reading in store.readings {
      if let mode = reading.mode { last[place(reading.device, reading.second), default: [:]][reading.device] = mode }
    }
    let listed = listed()
    let part = listed.map { place, devices in
      (place, Double(devices.count { last[place]?[$0] == "ON" }))
    }
    return (Dictionary(uniqueKeysWithValues: part), listed.mapValues { Double($0.count) })
  }

  /// Minutes of devices with all temperatures from 10 to 80, and minutes with any.
  func mildMinutes() -> (part: [Place: Double], whole: [Place: Double]) {
    struct Minute: Hashable {
      let device: String
      let start: Int64
    }
    let minutes = Dictionary(grouping: store.temperatures) {
      Minute(device: $0.device, start: start($0.second, of: 60))
    }
    var (part, whole): ([Place: Double], [Place: Double]) = ([:], [:])
    for (minute, readings) in minutes {
      let home = place(minute.device, minute.start)
      whole[home, default: 0] += 1
      part[home, default: 0] += readings.allSatisfy { (10...80).contains($0.value) } ? 1 : 0
    }
    return (part, whole)
  }

  /// Listed devices that sent anything, and all listed ones.
  func heard() -> (part: [Place: Double], whole: [Place: Double]) {
    let heard = store.readings.reduce(into: [Place: Set<String>]()) {
      $0[place($1.device, $1.second), default: []].insert($1.device)
    }
    let listed = listed()
    let part = listed.map { place, devices in (place, Double(devices.intersection(heard[place] ?? []).count)) }
    return (Dictionary(uniqueKeysWithValues: part), listed.mapValues { Double($0.count) })
  }

  /// Readings of the metric that each device sent most of, and those that were to come of it; where anything came.
  func complete() -> (part: [Place: Double], whole: [Place: Double]) {
    var counts: [Place: [String: [String: Double]]] = [:]
    for reading in store.readings {
      for metric in reading.metrics {
        counts[place(reading.device, reading.second), default: [:]][reading.device, default: [:]][metric, default: 0] +=
          1
      }
    }
    var whole: [Place: Double] = [:]
    for device in Set(store.readings.map(\.device)).union(KPITestStore.listed) {
      let first =
        KPITestStore.listed.contains(device) ? KPITestStore.begin : store.readings(of: device).map(\.second).min()!
      for minute in stride(from: start(first, of: 60), to: KPITestStore.noon, by: 60) {
        whole[place(device, minute), default: 0] += Double(60 / KPITestStore.interval)
      }
    }
    let part = counts.mapValues { devices in devices.values.reduce(0) { $0 + $1.values.max()! } }
    return (part, whole.filter { part[$0.key] != nil })
  }
}
