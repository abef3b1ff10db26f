import DeviceCatalog
import FuzzDriver
import StrictYAML
import Telemetry

// libFuzzer feeds a file of rows and a registry, parted by a line of `%%%`. Either one is an error that names a line, or
// the registry that comes of both can be read, has each device once, and takes the same rows again without a change.

private let profiles = CatalogueFiles.builtIn.all
private let profileNames = ["kitchen-waste-bin", "water-plant"]

private func devices(of registry: String) throws(YAMLError) -> [ListedDevice] {
  let file = CatalogueFiles.File(name: "registry.csv", text: registry, isBuiltIn: false)
  return try Catalogue(CatalogueFiles(profiles + [file])).registry.devices
}

private func check(_ device: ListedDevice) {
  for text in [device.device, device.name, device.code].compactMap({ $0 }) + device.tags.map(\.value) {
    precondition(Identifier.isValid(text), text)
  }
  precondition(profileNames.contains(device.profile), device.profile)
  if let position = device.position { precondition(abs(position.longitude) <= 180 && abs(position.latitude) <= 90) }
  if let interval = device.interval { precondition(interval > .zero) }
}

private func check(_ rows: RegistryImport) throws(YAMLError) {
  let listed = try devices(of: rows.text)
  precondition(listed.count == rows.deviceCount && Set(listed.map(\.device)).count == listed.count)
  listed.forEach(check)
  let again = try RegistryImport(
    rows.text, file: "new.csv", into: (text: rows.text, file: "registry.csv"), profiles: profileNames)
  precondition(again.changes == 0 && again.faults.isEmpty && again.text == rows.text, rows.text)
}

// The name is the one that libFuzzer's library looks for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRegistry(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: start, count: count)
  // A file that is no UTF-8 is refused before.
  guard let text = String(validating: input, as: UTF8.self) else { return 0 }
  let parts = text.split(separator: "\n%%%\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
  let rows: RegistryImport
  do {
    rows = try RegistryImport(
      parts[0], file: "new.csv", into: parts.count > 1 ? (text: parts[1], file: "registry.csv") : nil,
      profiles: profileNames)
  } catch {
    precondition(error.line >= 1 && !error.message.isEmpty, "\(error)")
    return 0
  }
  for fault in rows.faults { precondition(fault.line > 1 && !fault.message.isEmpty, "\(fault)") }
  do { try check(rows) } catch { preconditionFailure("\(error)") }
  return 0
}

@main
enum FuzzRegistry {
  static func main() {
    fuzz({ fuzzRegistry($0, $1) })
  }
}
