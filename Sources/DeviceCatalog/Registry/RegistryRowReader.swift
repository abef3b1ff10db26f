import StrictYAML
import Telemetry

/// Reads rows of a registry, each as a device or as what is wrong with it.
struct RegistryRowReader {
  private let table: RegistryTable
  private let profiles: [String]
  private let knownProfiles: Set<String>
  private let places: [RegistryColumn: Int]
  private let tags: [(name: String, column: RegistryColumn, place: Int)]
  /// What the nearest profile to a wrong name is: one mistake mostly stands in many rows.
  private var hints: [String: String] = [:]
  /// That of the row before: most devices of a registry have the same.
  private var interval: (text: String, value: Duration)?

  /// - Parameter profiles: the names that there are.
  init(_ table: RegistryTable, profiles: [String]) {
    self.table = table
    self.profiles = profiles
    knownProfiles = Set(profiles)
    places = Dictionary(uniqueKeysWithValues: table.columns.enumerated().map { ($0.element, $0.offset) })
    tags = table.columns.enumerated().compactMap { place, column in
      if case .tag(let name) = column { (name, column, place) } else { nil }
    }
  }

  mutating func device(_ row: RegistryTable.Row) throws(RegistryFault) -> ListedDevice {
    guard let name = try text(.device, row) else { throw fault(.device, row, "is empty; expected the device's id") }
    var device = ListedDevice(device: name, profile: try profile(row))
    device.name = try text(.name, row)
    device.code = try text(.code, row)
    device.position = try position(row)
    device.interval = try interval(row)
    for (name, column, place) in tags {
      guard let value = try text(column, row, at: place) else { continue }
      device.tags.append(ListedDevice.Tag(name: name, value: value))
    }
    return device
  }

  private mutating func profile(_ row: RegistryTable.Row) throws(RegistryFault) -> String {
    guard let name = try text(.profile, row) else {
      throw fault(.profile, row, "is empty; expected the name of a profile")
    }
    guard !knownProfiles.contains(name) else { return name }
    let hint = hints[name] ?? nearestHint(to: name, among: profiles)
    hints[name] = hint
    throw fault(.profile, row, "there is no profile '\(name)'\(hint)")
  }

  // MARK: Numbers

  private func position(_ row: RegistryTable.Row) throws(RegistryFault) -> ListedDevice.Position? {
    let longitude = try degrees(.longitude, row, within: 180)
    let latitude = try degrees(.latitude, row, within: 90)
    if let longitude, let latitude { return ListedDevice.Position(longitude: longitude, latitude: latitude) }
    guard longitude == nil, latitude == nil else {
      throw fault(longitude == nil ? .longitude : .latitude, row, "is empty; longitude and latitude come together")
    }
    return nil
  }

  private func degrees(
    _ column: RegistryColumn, _ row: RegistryTable.Row, within limit: Double
  ) throws(RegistryFault) -> Double? {
    guard let text = try text(column, row) else { return nil }
    guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let degrees = Double(text) else {
      throw fault(column, row, "'\(text)' is no number; expected decimal degrees, such as 118.675312")
    }
    guard abs(degrees) <= limit else {
      throw fault(column, row, "\(text) is out of range; expected degrees from \(-Int(limit)) to \(Int(limit))")
    }
    return degrees
  }

  private mutating func interval(_ row: RegistryTable.Row) throws(RegistryFault) -> Duration? {
    guard let text = try text(.interval, row) else { return nil }
    if let interval, interval.text == text { return interval.value }
    guard let value = Duration(text: text), value > .zero else {
      throw fault(.interval, row, "'\(text)' is no interval; expected a duration such as 30s, 5m or 1h")
    }
    interval = (text, value)
    return value
  }

  // MARK: Texts

  /// Nil where the cell is empty, or there is no such column.
  private func text(_ column: RegistryColumn, _ row: RegistryTable.Row) throws(RegistryFault) -> String? {
    guard let place = places[column] else { return nil }
    return try text(column, row, at: place)
  }

  private func text(
    _ column: RegistryColumn, _ row: RegistryTable.Row, at place: Int
  ) throws(RegistryFault) -> String? {
    let text = row.cells[place]
    if text.isEmpty { return nil }
    guard text.utf8.count <= Identifier.longestBytes else {
      throw fault(column, row, "has \(text.utf8.count) bytes; expected at most \(Identifier.longestBytes)")
    }
    if text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }), !Identifier.isValid(text) {
      throw fault(column, row, "holds a control character, such as a tab or a line's end; take it out")
    }
    return text
  }

  private func fault(_ column: RegistryColumn, _ row: RegistryTable.Row, _ message: String) -> RegistryFault {
    table.fault(row.line, message, column: column)
  }
}
