import Telemetry
import Testing

@testable import Alerting

@Suite struct TitleTests {
  @Test("Places are filled, braces doubled stand for one, and what nobody fills is a dash")
  func fills() {
    let text = AlertText("{device} at {site}: {value} {unit} {{x}} {gone}")
    #expect(text?.placeNames == ["device", "site", "value", "unit", "gone"])
    #expect(text?.filled { ["device": "d", "site": "北", "value": "3", "unit": "NTU"][$0] } == "d at 北: 3 NTU {x} –")
    #expect(AlertText("")?.filled { $0 } == "")
  }

  @Test(
    "A brace that is not closed, or nothing in it, is refused", arguments: ["{", "a {b", "{}", "}", "{a b}", "{{}"])
  func refuses(_ text: String) {
    #expect(AlertText(text) == nil)
  }

  @Test("A weekly span counts by the clock on the wall, and may pass midnight")
  func maintenance() {
    // 2026-11-21 is a Saturday.
    let saturday = CivilTime.daysSince1970(year: 2026, month: 11, day: 21) * 86400
    let night = MaintenanceWindow(name: "n", .weekly(days: [.sat], fromMinute: 22 * 60, toMinute: 4 * 60))
    func isIn(_ hours: Double, _ window: MaintenanceWindow, zone: Int64 = 0) -> Bool {
      window.contains(at(saturday + Int64(hours * 3600)), zoneOffset: zone)
    }
    #expect(!isIn(21.99, night) && isIn(22, night) && isIn(27.99, night) && !isIn(28, night) && !isIn(3, night))
    // In Shanghai Saturday's 22:00 is 14:00 in Greenwich.
    #expect(isIn(14, night, zone: 8 * 3600) && !isIn(20, night, zone: 8 * 3600) && isIn(19.9, night, zone: 8 * 3600))
    let day = MaintenanceWindow(name: "d", .weekly(days: [.sat, .mon], fromMinute: 0, toMinute: 24 * 60))
    #expect(isIn(0, day) && isIn(23.99, day) && !isIn(24, day) && isIn(48, day) && !isIn(-0.01, day))
    let once = MaintenanceWindow(name: "o", .once(at(100)..<at(200)))
    #expect(!once.contains(at(99), zoneOffset: 0) && once.contains(at(100), zoneOffset: 0))
    #expect(once.contains(at(199), zoneOffset: 0) && !once.contains(at(200), zoneOffset: 0))
  }
}
