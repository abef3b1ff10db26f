import Simulator

/// What goes wrong in one run, and when.
struct FaultPlan {
  struct Fault: CustomStringConvertible {
    /// The turn before which it comes.
    let turn: Int
    let kind: Kind

    var description: String { "turn \(turn): \(kind)" }
  }

  enum Kind {
    /// SIGKILL, in the middle of what is done with the disk: behind so many changes from now on.
    case kill(afterChanges: Int)
    /// The power goes behind so many changes on the disk from now on.
    case powerCut(FaultyDisk.Remains, afterChanges: Int)
    /// SIGTERM and a new start.
    case restart
    /// The access after so many others fails, once, whatever it is.
    case failedAccess(after: Int)
    /// An access of one kind fails, once.
    case failure(FaultyDisk.Operation, file: String, after: Int)
    /// The disk has so much room beyond what is on it, for a while.
    case full(roomBytes: Int64, seconds: Int)
    /// Each sync takes so long, for a while.
    case stall(seconds: Int, syncs: Int)
    /// The connection breaks after so many packets, in whatever direction.
    case breakConnection(afterPackets: Int)
    /// Nothing comes over any more, and nobody says so.
    case halfOpen
    case brokerDown(seconds: Int)
    case sessionLost
    /// The broker sends again without saying so.
    case unmarkedDuplicates
    /// The socket takes few packets at once.
    case slowSocket(packets: Int)
    /// The machine's clock is set.
    case clockStep(seconds: Int)
    /// Nothing happens for so long.
    case silence(seconds: Int)
  }

  let faults: [Fault]

  /// Some of what is sent again is not marked so. Only good readings tell it from new messages, and only for a while.
  var hasUnmarkedDuplicates: Bool {
    faults.contains { if case .unmarkedDuplicates = $0.kind { true } else { false } }
  }

  init(seed: UInt64, turns: Int) {
    var random = RandomSource(seed: seed)
    let mayRepeat = random.happens(onceIn: 4)
    var faults = (0..<Int.random(in: 1...7, using: &random)).map { _ in
      Fault(turn: .random(in: 0..<turns, using: &random), kind: Self.kind(mayRepeat: mayRepeat, using: &random))
    }
    // Faults are worst in company: soon after one the process may end.
    for fault in faults where random.happens(onceIn: 4) {
      let kind: Kind =
        random.happens(onceIn: 2)
        ? .kill(afterChanges: .random(in: 0...30, using: &random))
        : .powerCut(.allCases.randomElement(using: &random)!, afterChanges: .random(in: 0...30, using: &random))
      faults.append(Fault(turn: fault.turn + .random(in: 1...12, using: &random), kind: kind))
    }
    // A new session counts its packets anew: what is in flight when its connection breaks has the ids of the old one's.
    for fault in faults {
      guard case .sessionLost = fault.kind else { continue }
      faults.append(
        Fault(
          turn: fault.turn + .random(in: 1...8, using: &random),
          kind: .breakConnection(afterPackets: .random(in: 0...6, using: &random))))
    }
    self.faults = faults.sorted { $0.turn < $1.turn }
  }

  /// Faults one by one, in the order of their turns.
  init(_ faults: [Fault]) {
    self.faults = faults
  }

  /// The same without some of its faults.
  func keeping(_ indices: [Int]) -> FaultPlan {
    FaultPlan(indices.filter(faults.indices.contains).map { faults[$0] })
  }

  private static func kind(mayRepeat: Bool, using random: inout RandomSource) -> Kind {
    switch Int.random(in: 0..<17, using: &random) {
    case 0, 1: .kill(afterChanges: .random(in: 0...60, using: &random))
    case 2, 3: .powerCut(.allCases.randomElement(using: &random)!, afterChanges: .random(in: 0...60, using: &random))
    case 4: .restart
    case 5, 6:
      .failure(
        [.read, .write, .sync, .open, .truncate].randomElement(using: &random)!,
        file: ["journal.db", "store.db"].randomElement(using: &random)!, after: .random(in: 0...20, using: &random))
    case 7, 8: .full(roomBytes: .random(in: 0...200_000, using: &random), seconds: .random(in: 1...60, using: &random))
    case 9: .stall(seconds: [2, 60].randomElement(using: &random)!, syncs: .random(in: 1...3, using: &random))
    case 10, 11: .breakConnection(afterPackets: .random(in: 0...40, using: &random))
    case 12: .halfOpen
    case 13:
      random.happens(onceIn: 2) ? .sessionLost : .brokerDown(seconds: .random(in: 1...90, using: &random))
    // A clock that goes forward ends the time in which a repeat is known; one that was set back does so at the next start,
    // when it is right again.
    case 14:
      .clockStep(
        seconds: (mayRepeat ? [90, -90] : [3600, -3600, 86_400, -86_400, 90]).randomElement(using: &random)!)
    case 15: mayRepeat ? .unmarkedDuplicates : .slowSocket(packets: .random(in: 0...3, using: &random))
    default: .silence(seconds: mayRepeat ? .random(in: 1...60, using: &random) : .random(in: 60...9000, using: &random))
    }
  }
}
