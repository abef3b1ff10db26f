/// What a birth said of the metrics of a node, or of one of its devices.
///
/// Nothing of it changes. Names stand in memory of their own that lives as long as the birth.
final class Birth: @unchecked Sendable {
  struct Definition: @unchecked Sendable {
    let name: UnsafeRawBufferPointer
    let alias: UInt64?
    let datatype: SparkplugType
  }

  /// Nil: of the node itself.
  let device: String?
  let definitions: [Definition]
  private let names: UnsafeMutableRawBufferPointer
  private let byName: [Name: Int]
  private let byAlias: [UInt64: Int]

  /// Found by its bytes.
  private struct Name: Hashable {
    let bytes: UnsafeRawBufferPointer

    static func == (left: Name, right: Name) -> Bool { left.bytes.elementsEqual(right.bytes) }

    func hash(into hasher: inout Hasher) { hasher.combine(bytes: bytes) }
  }

  /// - Parameter metrics: their names are copied.
  init(device: String?, _ metrics: [Definition]) {
    self.device = device
    names = .allocate(byteCount: max(1, metrics.reduce(0) { $0 + $1.name.count }), alignment: 1)
    var byName: [Name: Int] = [:]
    var byAlias: [UInt64: Int] = [:]
    var definitions: [Definition] = []
    definitions.reserveCapacity(metrics.count)
    var end = 0
    for metric in metrics {
      let place = UnsafeMutableRawBufferPointer(rebasing: names[end..<end + metric.name.count])
      place.copyMemory(from: metric.name)
      end += place.count
      let name = UnsafeRawBufferPointer(place)
      byName[Name(bytes: name)] = byName[Name(bytes: name)] ?? definitions.count
      if let alias = metric.alias { byAlias[alias] = definitions.count }
      definitions.append(Definition(name: name, alias: metric.alias, datatype: metric.datatype))
    }
    self.definitions = definitions
    self.byName = byName
    self.byAlias = byAlias
  }

  deinit { names.deallocate() }

  /// The first of a name.
  func definition(named name: UnsafeRawBufferPointer) -> Definition? {
    byName[Name(bytes: name)].map { definitions[$0] }
  }

  /// The last that has an alias.
  func definition(alias: UInt64) -> Definition? {
    byAlias[alias].map { definitions[$0] }
  }

  /// The same metrics, and no aliases for them.
  var withoutAliases: Birth {
    Birth(device: device, definitions.map { Definition(name: $0.name, alias: nil, datatype: $0.datatype) })
  }
}
