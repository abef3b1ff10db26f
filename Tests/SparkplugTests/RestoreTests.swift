import Simulator
import TestSupport
import Testing
import WireFormats

@testable import Sparkplug

/// A host application that is stopped, and goes on with what was stored.
@Suite struct RestoreTests {
  /// Nodes as the gateway's store keeps them.
  private struct Store {
    var nodes: [String: (births: [UInt8]?, sequence: [UInt8])] = [:]

    mutating func save(_ host: inout HostApplication) {
      for node in host.unsaved() {
        nodes[node.name] = (node.births ?? nodes[node.name]?.births, node.sequence)
      }
      host.saved()
    }

    /// Only nodes of which a birth or a death is known are kept.
    func restored() throws -> HostApplication {
      var host = HostApplication()
      for (name, node) in nodes where node.births != nil {
        try host.restore(HostApplication.Stored(name: name, births: node.births, sequence: node.sequence))
      }
      return host
    }
  }

  @Test("Wherever a host is stopped, the rest of the messages mean what they mean to one that was not")
  func anywhere() throws {
    let seed = testSeed()
    for stream in UInt64(0)..<24 {
      var source = RandomStream(seed: seed &+ stream)
      let messages = (0..<60).map { _ in source.next() }
      var host = HostApplication()
      var store = Store()
      var restored: [HostApplication] = []
      for message in messages {
        let heard = host.hear(message)
        for index in restored.indices {
          let heardAgain = restored[index].hear(message)
          #expect(heardAgain == heard, "stream \(stream), stopped at \(index)")
          #expect(restored[index].staleOfAll == host.staleOfAll)
          #expect(restored[index].status.nodesAlive == host.status.nodesAlive)
        }
        store.save(&host)
        restored.append(try store.restored())
      }
    }
  }

  @Test("A node is stored as it stands, however many messages lie between two checkpoints")
  func checkpoints() throws {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<60 {
      var source = RandomStream(seed: random.next())
      var (host, eager) = (HostApplication(), HostApplication())
      var (store, eagerStore) = (Store(), Store())
      for _ in 0..<60 {
        let message = source.next()
        _ = host.hear(message)
        _ = eager.hear(message)
        eagerStore.save(&eager)
        if random.happens(onceIn: 7) {
          store.save(&host)
          #expect(store.nodes.keys == eagerStore.nodes.keys)
          for (name, node) in store.nodes {
            #expect(node.births == eagerStore.nodes[name]?.births)
            #expect(node.sequence == eagerStore.nodes[name]?.sequence)
          }
        }
      }
    }
  }

  @Test("Only what has changed is stored, and births only where one came, or a death")
  func changes() {
    var host = HostApplication()
    let speed = WireMetric("speed", alias: 1, .int16, .intValue(100))
    _ = host.hear("spBv1.0/g/NBIRTH/n", WirePayload(seq: 0, .bdSeq(4), speed))
    _ = host.hear("spBv1.0/g/NBIRTH/m", WirePayload(seq: 0, .bdSeq(4), speed))
    #expect(host.unsaved().map(\.name) == ["g/n", "g/m"])
    #expect(host.unsaved().allSatisfy { $0.births != nil })
    host.saved()
    #expect(host.unsaved() == [])
    _ = host.hear("spBv1.0/g/NDATA/m", WirePayload(seq: 1, speed))
    _ = host.hear("spBv1.0/g/NCMD/n", WirePayload(speed))
    #expect(host.unsaved().map(\.name) == ["g/m"])
    #expect(host.unsaved().allSatisfy { $0.births == nil })
    _ = host.hear("spBv1.0/g/NDEATH/m", WirePayload(.bdSeq(4)))
    #expect(host.unsaved().allSatisfy { $0.births != nil })
  }

  @Test("A gap is waited for over a restart, and the node is asked then")
  func gap() throws {
    var host = HostApplication()
    let speed = WireMetric("speed", alias: 1, .int16, .intValue(100))
    _ = host.hear("spBv1.0/g/NBIRTH/n", WirePayload(seq: 0, .bdSeq(4), speed))
    _ = host.hear("spBv1.0/g/NDATA/n", WirePayload(seq: 2, speed), at: 10)
    var store = Store()
    store.save(&host)
    var restored = try store.restored()
    #expect(restored.asks(at: 14) == [])
    #expect(restored.asks(at: 15) == ["gap g/n"])
    restored = try store.restored()
    _ = restored.hear("spBv1.0/g/NDATA/n", WirePayload(seq: 1, speed), at: 12)
    #expect(restored.asks(at: 100) == [])
  }

  @Test("Names of metrics that are no UTF-8 come back as they were")
  func namesWithoutUTF8() throws {
    var bytes = WirePayload(seq: 0, WireMetric("##", alias: 1, .int8, .intValue(1))).bytes
    for index in bytes.indices where bytes[index] == UInt8(ascii: "#") { bytes[index] = 0xC4 }
    var host = HostApplication()
    _ = host.hear("spBv1.0/g/NBIRTH/n", bytes)
    var store = Store()
    store.save(&host)
    var restored = try store.restored()
    var data = WirePayload(seq: 1, WireMetric("##", nil, .intValue(255))).bytes
    for index in data.indices where data[index] == UInt8(ascii: "#") { data[index] = 0xC4 }
    #expect(host.hear("spBv1.0/g/NDATA/n", data).records.first?.hasSuffix("=-1") == true)
    #expect(restored.hear("spBv1.0/g/NDATA/n", data).records.first?.hasSuffix("=-1") == true)
  }

  @Test("What cannot be read is refused by its name")
  func unreadable() {
    let good = HostApplication.Stored(name: "g/n", births: [], sequence: [])
    var host = HostApplication()
    #expect(throws: Never.self) { try host.restore(good) }
    for stored in [
      HostApplication.Stored(name: "gn", births: [], sequence: []),
      HostApplication.Stored(name: "g/n/d", births: [], sequence: []),
      HostApplication.Stored(name: "g/n", births: [0x08], sequence: []),
      HostApplication.Stored(name: "g/n", births: nil, sequence: [0x08]),
    ] {
      let refusal = #expect(throws: Refusal.self) { try host.restore(stored) }
      #expect(refusal?.detail == "the births of the Sparkplug node '\(stored.name)' cannot be read")
    }
    #expect(host.status.nodes == 1)
  }
}

extension HostApplication {
  mutating func hear(_ message: RandomStream.Message) -> Heard {
    hear(message.topic, message.bytes, at: message.second)
  }

  fileprivate var staleOfAll: [[String]] {
    ["n", "m"].flatMap { node in RandomStream.devices.map { stale("spBv1.0/g/DDATA/\(node)\($0)") } }
  }
}
