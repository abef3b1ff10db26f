import DeviceCatalog

/// An alert as the API tells it.
struct AlertView: Decodable {
  struct Title: Decodable {
    let en: String
    let zh: String
  }

  struct Acknowledgement: Decodable {
    let at: String
    let by: String
    let note: String
  }

  /// A number, or a state's name.
  enum Value: Decodable {
    case number(Double)
    case state(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else {
        self = .state(try container.decode(String.self))
      }
    }
  }

  let id: String
  let rule: String
  let severity: String
  let state: String
  let title: Title
  let device: String?
  let metric: String?
  let value: Value?
  let unit: String?
  let tags: [String: String]
  let since: String
  let fired_at: String
  let received_at: String
  let ended_at: String?
  let acknowledged: Acknowledgement?
  let called_at: String?

  /// What it is about: a device, or the tag whose devices it is about.
  var place: String { device ?? tagText }

  var tagText: String { tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }

  /// A number with its unit, or a state's name; a dash where it is about several metrics.
  var valueText: String {
    switch value {
    case nil: "-"
    case .state(let name): name.shown(atMost: 60)
    case .number(let number): ([Number(number).text] + (unit.map { [$0] } ?? [])).joined(separator: " ")
    }
  }
}
