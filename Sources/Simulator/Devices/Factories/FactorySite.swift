/// One plant with all that speaks in it. Names begin with the site's, so that no other plant has them.
struct FactorySite: Sendable {
  /// Whose vehicles speak VDA 5050.
  private static let manufacturer = "acme"
  private static let sunday: Int64 = 0
  private static let saturday: Int64 = 6

  let name: String
  private let kind: FactoryKind
  private let number: Int

  /// - Parameter number: from 1 on, among the sites of its kind.
  init(_ kind: FactoryKind, number: Int) {
    self.kind = kind
    self.number = number
    name = "\(kind.name)-\(number)"
  }

  func devices() -> [any SimulatedDevice] {
    vehicles + warpers + carts + robots + stations + terminals + [warehouse] + meters
  }

  // MARK: Machines

  private var lines: [FactoryMachine] {
    kind.lines.enumerated().map { index, line in
      FactoryMachine(
        name: "\(name)-\(line)", site: name, line: line,
        schedule: schedule("\(name)-\(line)", line: index, kind.pace), ratedWatts: kind.lineWatts)
    }
  }

  private var warpingMachines: [FactoryMachine] {
    numbered(kind.warpers).map { machine("warper", $0, WarpingMachine.pace, watts: 27_500) }
  }

  private var robotArms: [FactoryMachine] {
    numbered(kind.arms).map { machine("arm", $0, RobotArm.pace, watts: 4_800) }
  }

  private var utilities: [FactoryMachine] {
    kind.utilities.enumerated().map { index, utility in
      let name = "\(name)-\(utility.name)-1"
      // Nobody's weekend stops a furnace.
      let schedule = MachineSchedule(of: name, plan: ShiftPlan(), pace: FactoryKind.utilityPace)
      return FactoryMachine(
        name: name, site: self.name, line: "utilities", schedule: schedule, ratedWatts: utility.watts)
    }
  }

  private func machine(
    _ what: String, _ number: Int, _ pace: MachineSchedule.Pace, watts: Int
  ) -> FactoryMachine {
    let name = numberedName(what, number)
    return FactoryMachine(
      name: name, site: self.name, line: line(number), schedule: schedule(name, line: number, pace), ratedWatts: watts)
  }

  private func schedule(_ machine: String, line: Int, _ pace: MachineSchedule.Pace) -> MachineSchedule {
    MachineSchedule(of: machine, plan: plan(line: line), pace: pace)
  }

  /// Lines go to their meals one after the other.
  private func plan(line: Int) -> ShiftPlan {
    let rests = kind.keepsWeekend || line % 3 == 2
    return ShiftPlan(
      restDays: rests ? [Self.sunday] : [], shortDays: kind.keepsWeekend ? [Self.saturday] : [],
      delayMinutes: Int64(line % 5) * 4)
  }

  // MARK: Devices

  private var vehicles: [any SimulatedDevice] {
    let plain = numbered(kind.plainVehicles).map {
      PlainVehicle(
        numberedName("agv", $0), number: $0 + number * 20, site: name, line: line($0), plan: plan(line: $0))
    }
    let standard = numbered(kind.standardVehicles).map {
      (VehicleName(manufacturer: Self.manufacturer, serial: numberedName("lift", $0), site: name), $0)
    }
    return plain + standard.map { StandardVehicle($0, number: $1 + number * 20, plan: plan(line: $1)) }
      + standard.map { VehicleConnection($0.0) }
  }

  private var warpers: [any SimulatedDevice] {
    warpingMachines.enumerated().map { WarpingMachine($0.element, number: $0.offset + 1) }
  }

  private var carts: [any SimulatedDevice] {
    numbered(kind.carts).map {
      DoffingCart(numberedName("cart", $0), number: $0, site: name, line: line($0), plan: plan(line: $0))
    }
  }

  private var robots: [any SimulatedDevice] { kind.arms > 0 ? [RobotCell(site: name, robotArms)] : [] }

  private var stations: [any SimulatedDevice] {
    numbered(kind.stations).map {
      InspectionStation(machine("vision", $0, kind.pace, watts: 900), kind.ware)
    }
  }

  private var terminals: [any SimulatedDevice] {
    lines.enumerated().map { OrderTerminal($0.element.name, number: $0.offset + 1, line: $0.element, jobs: kind.jobs) }
  }

  private var warehouse: any SimulatedDevice {
    Warehouse("\(name)-store", site: name, slots: kind.slots, cranes: kind.cranes, plan: plan(line: 0))
  }

  private var meters: [any SimulatedDevice] {
    (lines + warpingMachines + robotArms + utilities).enumerated().map {
      MachineMeter(numberedName("meter", $0.offset + 1), number: $0.offset + 1, of: $0.element)
    }
  }

  // MARK: Names

  private func numbered(_ count: Int) -> Range<Int> { 1..<count + 1 }

  private func numberedName(_ what: String, _ number: Int) -> String {
    "\(name)-\(what)-\(number < 10 ? "0" : "")\(number)"
  }

  private func line(_ number: Int) -> String { kind.lines[number % kind.lines.count] }
}
