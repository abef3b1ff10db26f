import Alerting

extension HookDeclaration {
  /// What cannot be right about it, with what would be; nil where nothing is. No file is looked at and no name looked up.
  public var problem: String? {
    if timeout <= .zero { return "timeout must be longer than nothing" }
    if retries < 0 { return "retries must not be below 0" }
    if concurrency < 1 { return "concurrency must be at least 1" }
    if ratePerMinute < 1 { return "rate must be at least 1 a minute" }
    return action.problem
  }
}

extension HookDeclaration.Action {
  /// What cannot be right about it, with what would be; nil where nothing is.
  public var problem: String? {
    switch self {
    case .exec(let command): Self.problem(ofCommand: command)
    case .webhook(let target): target.problem
    case .publish(let publication): publication.problem
    }
  }

  private static func problem(ofCommand command: [String]) -> String? {
    guard let program = command.first, !program.isEmpty else { return "exec names no program" }
    if !program.hasPrefix("/") {
      return "exec begins with '\(program)': expected an absolute path, such as /usr/bin/logger; no shell looks for it"
    }
    if command.contains(where: { $0.utf8.contains(0) }) { return "exec has a NUL in it" }
    return nil
  }
}

extension WebhookTarget {
  fileprivate var problem: String? {
    do {
      let url = try WebhookURL(url)
      return caFile != nil && !url.isSecured ? "'ca_file' is for https" : nil
    } catch {
      return error.message
    }
  }
}

extension HookPublication {
  var problem: String? {
    guard (0...2).contains(qos) else { return "qos must be 0, 1 or 2" }
    guard topic.utf8.count <= HookTopic.mostBytes else {
      return "the topic is longer than \(HookTopic.mostBytes) bytes"
    }
    do {
      _ = try HookTopic(topic)
      return nil
    } catch {
      return error.message
    }
  }
}
