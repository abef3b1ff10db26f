/// A machine of a plant, as its controller, its meter and its line's terminal know it.
struct FactoryMachine: Sendable {
  let name: String
  let site: String
  let line: String
  let schedule: MachineSchedule
  /// At full load.
  let ratedWatts: Int
}
