import Alerting
import Foundation
import Storage
import Telemetry

/// What alerts are told with, beside what stands in them: rules, names of states and of devices, the zone of times.
struct AlertWording {
  let rules: RuleSet
  let zone: TimeZone
  private let states: StateNames
  private let device: (String) throws -> DeviceRecord?

  /// - Parameters:
  ///   - rules: those in force.
  ///   - scope: of who is told. What the registry calls a device that has left it is not said.
  init(_ rules: RuleSet, _ snapshot: StoreSnapshot, _ scope: TagScope, zone: TimeZone) {
    self.init(rules, zone: zone, states: { try snapshot.stateNames() }) { id in
      let device = try snapshot.device(named: id)
      guard let device, !scope.isWhole else { return device }
      return scope.view(of: device, TagHistory(try snapshot.tags(of: device.id)))
    }
  }

  /// Of what stands in no store.
  init(_ rules: RuleSet, states: [Int64: String], zone: TimeZone) {
    self.init(rules, zone: zone, states: { states }, device: { _ in nil })
  }

  private init(
    _ rules: RuleSet, zone: TimeZone, states: @escaping () throws -> [Int64: String],
    device: @escaping (String) throws -> DeviceRecord?
  ) {
    self.rules = rules
    self.zone = zone
    self.states = StateNames(states)
    self.device = device
  }

  /// Read once, where one is asked for.
  private final class StateNames {
    private let load: () throws -> [Int64: String]
    private var names: [Int64: String]?

    init(_ load: @escaping () throws -> [Int64: String]) {
      self.load = load
    }

    func name(of state: Int64) throws -> String? {
      let names = try names ?? load()
      self.names = names
      return names[state]
    }
  }

  func text(_ moment: Timestamp) -> String { QueryTime.text(moment, in: zone) }

  /// A value of an alert: a number, a state's name, or null where it is about several series and has none.
  func value(_ number: Double, of record: AlertRecord) throws -> AnswerValue {
    guard record.alert.key.target.metric != nil else { return .null }
    guard record.isState, let state = Int64(exactly: number), let name = try states.name(of: state) else {
      return .number(number)
    }
    return .text(name)
  }

  /// What the registry calls a device; its id where it calls it nothing.
  func name(of id: String) throws -> String { try device(id)?.listing?.name ?? id }

  /// The title of the rule as it is now; its id where it is no more, or says nothing.
  func title(of record: AlertRecord) throws -> (english: String, chinese: String) {
    let key = record.alert.key
    guard let rule = rules.rule(key.rule) else { return (key.rule, key.rule) }
    let value = try value(record.value, of: record).csvText
    let isNamed = (rule.title.english.placeNames + rule.title.chinese.placeNames).contains("name")
    let name: String? = try isNamed ? key.target.device.map { try self.name(of: $0) } : nil
    func fill(_ place: String) -> String? {
      switch place {
      case "device": key.target.device
      case "name": name
      case "metric": key.target.metric
      case "value": value.isEmpty ? nil : value
      case "unit": record.unit ?? ""
      case "threshold": rule.limitText(key, tags: record.alert.tags)
      case "severity": key.severity.word
      case "since": text(record.since)
      case "rule": key.rule
      default: record.alert.tags[place]
      }
    }
    let english = rule.title.english.filled(fill)
    let chinese = rule.title.chinese.filled(fill)
    let first = english.isEmpty ? key.rule : english
    return (first, chinese.isEmpty ? first : chinese)
  }
}
