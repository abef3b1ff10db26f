import Foundation
import Telemetry
import Testing

@testable import Sparkplug

/// What a host says of itself.
@Suite struct HostPresenceTests {
  private let moment = Timestamp(microseconds: 1_763_700_000_123_999)
  private let v3 = HostPresence(.v3, host: "城市-1")
  private let v2 = HostPresence(.v2, host: "scada")

  @Test("Version 3 speaks JSON below the namespace, with the moment in milliseconds")
  func version3() throws {
    #expect(v3.topic == "spBv1.0/STATE/城市-1")
    struct State: Decodable, Equatable {
      let online: Bool
      let timestamp: Int64
    }
    for isOnline in [true, false] {
      let state = try JSONDecoder().decode(State.self, from: Data(v3.payload(isOnline: isOnline, at: moment)))
      #expect(state == State(online: isOnline, timestamp: 1_763_700_000_123))
    }
  }

  @Test("The birth and the will of one connect have one time stamp")
  func oneTime() {
    let (birth, will) = (v3.payload(isOnline: true, at: moment), v3.payload(isOnline: false, at: moment))
    #expect(birth == Array(#"{"online":true,"timestamp":1763700000123}"#.utf8))
    #expect(will == Array(#"{"online":false,"timestamp":1763700000123}"#.utf8))
  }

  @Test("Version 2.2 speaks a word on a topic of its own")
  func version2() {
    #expect(v2.topic == "STATE/scada")
    #expect(v2.payload(isOnline: true, at: moment) == Array("ONLINE".utf8))
    #expect(v2.payload(isOnline: false, at: moment) == Array("OFFLINE".utf8))
  }

  @Test("A configuration names the forms by their versions")
  func forms() {
    #expect(HostPresence.Form.allCases.map(\.rawValue) == ["v3", "v2.2"])
  }

  @Test("A host sees who says that it is away, however that is spaced, and takes nothing else for it")
  func saysOffline() {
    for presence in [v3, v2] {
      #expect(presence.saysOffline(presence.payload(isOnline: false, at: moment)))
      #expect(!presence.saysOffline(presence.payload(isOnline: true, at: moment)))
      #expect(!presence.saysOffline([]))
      #expect(!presence.saysOffline([0xFF, 0x00]))
    }
    for text in [#"{"timestamp":1,"online":false}"#, "{ \"online\" :\r\n\tfalse , \"timestamp\": 1 }"] {
      #expect(v3.saysOffline(Array(text.utf8)))
    }
    for text in ["OFFLINE", #"{"online":"false"}"#, #"{"online":true,"was online":false}"#] {
      #expect(!v3.saysOffline(Array(text.utf8)))
    }
    for text in ["offline", "OFFLINE?", #"{"online":false}"#] { #expect(!v2.saysOffline(Array(text.utf8))) }
  }
}
