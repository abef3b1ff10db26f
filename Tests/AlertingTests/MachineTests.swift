import Telemetry
import Testing

@testable import Alerting

@Suite struct MachineTests {
  private let spans = AlertMachine.Spans(for: 30_000_000, keep: 60_000_000)

  private func input(_ time: Int64, received: Int64? = nil, sequence: UInt64 = 1) -> AlertMachine.Input {
    AlertMachine.Input(time: at(time), receivedAt: at(received ?? time), sequence: sequence, value: Double(time))
  }

  @Test("A machine is no more than 64 bytes")
  func size() {
    #expect(MemoryLayout<AlertMachine>.size <= 64)
    #expect(MemoryLayout<HotSeries>.size == 64)
  }

  @Test("It fires by the same cause whether a reading or the clock finds out that it has held for long enough")
  func sameCause() {
    var (byReading, byClock) = (AlertMachine(), AlertMachine())
    #expect(byReading.take(.yes, input(100, received: 103), spans) == nil)
    #expect(byClock.take(.yes, input(100, received: 103), spans) == nil)
    #expect(byReading.phase == .pending)
    #expect(byReading.deadline(spans, listeningSince: at(0)) == at(133))
    #expect(byReading.take(.yes, input(129, sequence: 2), spans) == nil)
    let first = byReading.take(.yes, input(130, sequence: 3), spans)
    let second = byClock.deadlineReached(due: at(133), spans)
    #expect(first?.cause == .deadline(at(130), of: 1))
    #expect(first?.cause == second?.cause && first?.at == second?.at && first?.since == at(100))
    let key = AlertKey(rule: "r", severity: .info, target: .device("d"))
    #expect(first.map { key.alertID(firedBy: $0.firedBy) } == second.map { key.alertID(firedBy: $0.firedBy) })
  }

  @Test("What ceases to hold while pending leaves nothing; what holds again while clearing goes on firing")
  func returns() {
    var machine = AlertMachine()
    _ = machine.take(.yes, input(100), spans)
    #expect(machine.take(.no, input(110), spans) == nil && machine.phase == .ok)
    _ = machine.take(.yes, input(120), spans)
    #expect(machine.take(.yes, input(150), spans)?.kind == .firing)
    #expect(machine.take(.no, input(160), spans) == nil && machine.phase == .clearing)
    #expect(machine.take(.yes, input(219), spans) == nil && machine.phase == .firing)
    #expect(machine.take(.no, input(230), spans) == nil)
    let end = machine.take(.no, input(290), spans)
    #expect(end?.kind == .resolved && end?.cause == .deadline(at(290), of: 0) && machine.phase == .ok)
  }

  @Test("Unknown while pending is no record; unknown while firing keeps the alert, whatever comes but a good reading")
  func unknown() {
    var machine = AlertMachine()
    _ = machine.take(.yes, input(100), spans)
    #expect(machine.take(.unknown, input(110), spans) == nil && machine.phase == .unknown)
    _ = machine.take(.yes, input(120), spans)
    let firing = machine.deadlineReached(due: at(150), spans)
    let silence = AlertMachine.Deadline(time: at(170), due: at(171), heardAt: 1)
    #expect(machine.silent(silence)?.kind == .unknown)
    #expect(machine.silent(silence) == nil && machine.take(.unknown, input(180), spans) == nil)
    #expect(machine.deadline(spans, listeningSince: at(0)) == nil)
    let known = machine.take(.yes, input(200), spans)
    #expect(known?.kind == .known && known?.firedBy == firing?.firedBy && machine.phase == .firing)
    _ = machine.take(.unknown, input(210), spans)
    #expect(machine.take(.no, input(220), spans)?.kind == .known && machine.phase == .clearing)
    #expect(machine.deadlineReached(due: at(280), spans)?.kind == .resolved)
  }

  @Test("A withdrawal ends what is open, and forgets what is not")
  func withdrawal() {
    var machine = AlertMachine()
    _ = machine.take(.yes, input(100), spans)
    #expect(machine.withdraw(at: at(101), receivedAt: at(101)) == nil && machine.phase == .ok)
    _ = machine.take(.yes, input(100), AlertMachine.Spans())
    _ = machine.take(.unknown, input(110), spans)
    #expect(machine.withdraw(at: at(120), receivedAt: at(120))?.kind == .withdrawn && machine.phase == .ok)
  }

  @Test("Its columns read back are the same machine; others are none")
  func columns() {
    var machine = AlertMachine()
    _ = machine.take(.yes, input(100, sequence: .max), spans)
    #expect(AlertMachine(machine.stored(shift: 0)) == machine)
    _ = machine.take(.yes, input(200), spans)
    #expect(AlertMachine(machine.stored(shift: 0)) == machine)
    var stored = machine.stored(shift: 0)
    stored.phase = 9
    #expect(AlertMachine(stored) == nil)
    stored = machine.stored(shift: 0)
    stored.causeKind = 0
    #expect(AlertMachine(stored) == nil)
  }

  @Test("Ids are the same in every run, and differ where anything does")
  func ids() {
    let key = AlertKey(rule: "r", severity: .warning, target: .series(device: "d", metric: "m"))
    let cause = Cause.reading(sequence: 7, time: at(100))
    #expect(key.alertID(firedBy: cause).text == "a149586bb2af6d46")
    var others: Set<AlertID> = [key.alertID(firedBy: cause)]
    var other = key
    other.severity = .critical
    others.insert(other.alertID(firedBy: cause))
    other = key
    other.target = .series(device: "dm", metric: "")
    others.insert(other.alertID(firedBy: cause))
    for cause in [Cause.reading(sequence: 8, time: at(100)), .reading(sequence: 7, time: at(101)), .window(start: 7)] {
      others.insert(key.alertID(firedBy: cause))
    }
    #expect(others.count == 6)
    #expect(AlertID(text: AlertID(rawValue: 10).text) == AlertID(rawValue: 10))
    #expect(
      AlertID(text: "000000000000000A") == nil && AlertID(text: "a") == nil && AlertID(text: "+00000000000000a") == nil)
  }
}
