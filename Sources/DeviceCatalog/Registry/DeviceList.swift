import StrictYAML

/// The devices that `registry.csv` lists.
///
/// Invariants
/// - No device stands in it twice.
/// - Of the devices with one code all but the last are replaced.
public struct DeviceList: Equatable, Sendable {
  /// In the order of the file.
  public private(set) var devices: [ListedDevice] = []

  /// No device at all.
  public init() {}

  /// - Parameters:
  ///   - file: as it is named in errors.
  ///   - profiles: the names that there are.
  /// - Throws: what is wrong with the file, or with which of its rows.
  init(_ text: String, file: String, profiles: [String]) throws(YAMLError) {
    let table = try RegistryTable(text, file: file, needed: [.device, .profile])
    var reader = DeviceListReader(table, profiles: profiles)
    for row in table.rows { reader.take(row) }
    let faults = (table.faults + reader.faults).sorted { $0.line < $1.line }
    guard faults.isEmpty else { throw YAMLError(faults, rows: table.rows.count + table.faults.count) }
    devices = reader.devices
    markReplaced()
  }

  private mutating func markReplaced() {
    var last: [String: Int] = [:]
    for (place, device) in devices.enumerated() {
      guard let code = device.code else { continue }
      if let former = last.updateValue(place, forKey: code) { devices[former].isReplaced = true }
    }
  }
}

/// Takes the rows of a table one by one, each device once.
struct DeviceListReader {
  private(set) var devices: [ListedDevice] = []
  private(set) var faults: [RegistryFault] = []
  private var rows: RegistryRowReader
  private let table: RegistryTable
  private var lines: [String: Int] = [:]

  init(_ table: RegistryTable, profiles: [String]) {
    self.table = table
    rows = RegistryRowReader(table, profiles: profiles)
    devices.reserveCapacity(table.rows.count)
    lines.reserveCapacity(table.rows.count)
  }

  /// - Returns: false where the row is wrong.
  @discardableResult
  mutating func take(_ row: RegistryTable.Row) -> Bool {
    do throws(RegistryFault) {
      let device = try rows.device(row)
      if let line = lines[device.device] {
        throw table.fault(row.line, "'\(device.device)' stands in line \(line) already", column: .device)
      }
      lines[device.device] = row.line
      devices.append(device)
      return true
    } catch {
      faults.append(error)
      return false
    }
  }
}
