import Foundation

/// What the store keeps of a node: all but the numbers of messages, which change with each, and the requests for births,
/// whose causes come again.
extension EdgeNode {
  init(_ name: EdgeNodeName, _ timing: SparkplugTiming, _ stored: StoredEdgeNode, _ sequence: SequenceWatch) {
    let births = stored.births.map(Birth.restored)
    let alive = zip(births, stored.births).filter(\.1.isAlive).map(\.0.device)
    self.init(
      name, timing, isAlive: stored.isAlive, bdSeq: stored.hasBdSeq ? stored.bdSeq : nil, births: births,
      alive: Set(alive), sequence)
  }

  var stored: StoredEdgeNode {
    var stored = StoredEdgeNode()
    stored.isAlive = isAlive
    if let bdSeq { stored.bdSeq = bdSeq }
    stored.births = births.sorted { Self.areInOrder($0.key, $1.key) }
      .map { $0.value.stored(isAlive: alive.contains($0.key)) }
    return stored
  }
}

extension Birth {
  fileprivate static func restored(_ stored: StoredBirth) -> Birth {
    stored.metrics.flatMap(\.name).withUnsafeBytes { names in
      var end = 0
      let definitions = stored.metrics.map { metric in
        let begin = end
        end += metric.name.count
        return Definition(
          name: UnsafeRawBufferPointer(rebasing: names[begin..<end]), alias: metric.hasAlias ? metric.alias : nil,
          datatype: SparkplugType(number: UInt64(metric.datatype)))
      }
      return Birth(device: stored.hasDevice ? stored.device : nil, definitions)
    }
  }

  fileprivate func stored(isAlive: Bool) -> StoredBirth {
    var stored = StoredBirth()
    if let device { stored.device = device }
    stored.isAlive = isAlive
    stored.metrics = definitions.map { definition in
      var metric = StoredMetricDefinition()
      metric.name = Data(definition.name)
      if let alias = definition.alias { metric.alias = alias }
      metric.datatype = definition.datatype.rawValue
      return metric
    }
    return stored
  }
}
