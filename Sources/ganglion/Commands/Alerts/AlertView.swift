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

  let id: String
  let rule: String
  let severity: String
  let state: String
  let title: Title
  let device: String?
  let metric: String?
  let value: Double?
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

  /// A number with its unit; a dash where nothing was measured.
  var valueText: String {
    guard let value else { return "-" }
    return ([Number(value).text] + (unit.map { [$0] } ?? [])).joined(separator: " ")
  }
}
