import Alerting
import Foundation
import Glibc
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Hooks

/// Webhooks, against receivers that answer and such that do not.
@Suite(.exclusive)
struct WebhookTests {
  private let runner = WebhookRunner()

  private func call(
    _ receiver: Receiver, path: String = "/", format: WebhookTarget.Format = .json, headersFile: String? = nil,
    limit: Duration = .seconds(20)
  ) async -> HookOutcome {
    let target = WebhookTarget(
      url: "http://127.0.0.1:\(receiver.port)\(path)", format: format, headersFile: headersFile, allowsPrivate: true)
    return await runner.run(target, .sample("id-7"), limit: limit)
  }

  @Test("The document is posted as JSON with the call's id, and 2xx is done")
  func posts() async throws {
    let receiver = try Receiver(status: "202 Accepted", body: "thanks")
    let outcome = await call(receiver, path: "/a/b?key=1")
    #expect(outcome.result == .done && outcome.text == "thanks")
    let request = try #require(receiver.requests.first)
    #expect(request.head.hasPrefix("POST /a/b?key=1 HTTP/1.1\r\n"))
    let fields = request.head.lowercased()
    #expect(fields.contains("content-type: application/json") && fields.contains("idempotency-key: id-7"))
    #expect(fields.contains("host: 127.0.0.1:\(receiver.port)") && fields.contains("user-agent: ganglion"))
    #expect(request.body == #"{"rule":"turbidity-high"}"#)
    #expect(receiver.requests.count == 1)
  }

  @Test("Fields from a file of secrets are sent, read anew at each try; a wrong line is named and not repeated")
  func headers() async throws {
    let receiver = try Receiver(status: "200 OK")
    let scratch = try ScratchDirectory()
    let file = try scratch.file("headers", "# ours\n\nAuthorization: Bearer one\r\nX-Plant: 7\n")
    #expect(await call(receiver, headersFile: file).result == .done)
    try scratch.file("headers", "Authorization: Bearer two")
    #expect(await call(receiver, headersFile: file).result == .done)
    #expect(receiver.requests[0].head.contains("\r\nAuthorization: Bearer one\r\nX-Plant: 7\r\n"))
    #expect(receiver.requests[1].head.contains("\r\nAuthorization: Bearer two\r\n"))
    for line in ["s3cret", "Host: s3cret", "content-length: 3", "a b: s3cret", "X: s3\u{1}cret", ": s3cret"] {
      try scratch.file("headers", "X-A: 1\n\(line)\n")
      let failure = await call(receiver, headersFile: file).failure
      #expect(failure?.reason == .headers && failure?.sentence.hasPrefix("\(file):2: ") == true, "\(line)")
      #expect(failure?.sentence.contains("s3") == false)
    }
    #expect(await call(receiver, headersFile: "\(scratch.path)/none").failure?.reason == .headers)
    #expect(receiver.requests.count == 2)
  }

  @Test("What a status means for further tries")
  func statuses() async throws {
    for (status, weight) in [
      ("400 Bad Request", HookFailure.Weight.final), ("401 Unauthorized", .final), ("404 Not Found", .final),
      ("413 Payload Too Large", .final), ("408 Request Timeout", .away),
      ("429 Too Many Requests", .away), ("500 Internal Server Error", .failed), ("501 Not Implemented", .failed),
      ("502 Bad Gateway", .away), ("503 Service Unavailable", .away), ("504 Gateway Timeout", .away),
    ] {
      let outcome = await call(try Receiver(status: status, body: "why"))
      #expect(outcome.failure == HookFailure(.status, "127.0.0.1 answered \(status)", weight), "\(status)")
      #expect(outcome.text == "why")
    }
    #expect(await call(try Receiver(status: "425 Too Early")).failure?.weight == .away)
  }

  @Test("Retry-After is honoured in seconds and as a date, up to an hour")
  func retryAfter() async throws {
    for (fields, span) in [
      (["Retry-After: 7"], Duration.seconds(7)), (["Retry-After: 86400"], RetryAfter.longest),
      (["Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sun, 06 Nov 1994 08:51:37 GMT"], .seconds(120)),
    ] {
      let failure = await call(try Receiver(status: "429 Too Many Requests", fields: fields)).failure
      #expect(failure?.retryAfter == span && failure?.weight == .away)
    }
    #expect(await call(try Receiver(status: "503 No", fields: ["Retry-After: soon"])).failure?.retryAfter == nil)
  }

  @Test("A redirect is a failure, and nobody goes there")
  func redirects() async throws {
    let other = try Receiver(status: "200 OK")
    let location = "Location: http://127.0.0.1:\(other.port)/"
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
      let failure = await call(try Receiver(status: status, fields: [location])).failure
      let sentence = "127.0.0.1 answered \(status); redirects are not followed, name the final URL"
      #expect(failure == HookFailure(.redirect, sentence, .final))
    }
    #expect(other.connections == 0)
  }

  @Test("A receiver that does not answer, or hangs in its head or body, ends with the time limit and is away")
  func hangs() async throws {
    let receivers = [
      try Receiver { $0.waitForEnd() },
      try Receiver {
        $0.send("HTTP/1.1 200 OK\r\nContent-Le")
        $0.waitForEnd()
      },
      try Receiver {
        $0.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbut")
        $0.waitForEnd()
      },
      // Slowly, but it never ends.
      try Receiver {
        $0.send("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n")
        while $0.send("x") { usleep(20_000) }
      },
    ]
    for receiver in receivers {
      let outcome = await call(receiver, limit: .milliseconds(500))
      let sentence = "127.0.0.1 has not answered to the end within 500ms"
      #expect(outcome.failure == HookFailure(.timeout, sentence, .away))
      #expect(outcome.duration >= .milliseconds(490) && outcome.duration < .seconds(15))
    }
  }

  @Test("A slow answer that is complete in time is done")
  func slow() async throws {
    let receiver = try Receiver {
      for piece in ["HTTP/1.1 200 OK\r\n", "Content-Length: 4\r\n\r\n", "d", "o", "n", "e"] {
        usleep(50_000)
        $0.send(piece)
      }
    }
    let outcome = await call(receiver)
    #expect(outcome.result == .done && outcome.text == "done")
  }

  @Test("Of an endless body no more is read than is kept")
  func endlessBody() async throws {
    let receiver = try Receiver {
      $0.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      let chunk = "10000\r\n\(String(repeating: "x", count: 65536))\r\n"
      while $0.send(chunk) {}
    }
    let before = Processes.residentBytes()
    let outcome = await call(receiver)
    #expect(outcome.result == .done && outcome.output.count == HookOutcome.mostOutputBytes)
    #expect(Processes.residentBytes() - before < 16 << 20)
  }

  @Test("One that closes at once, in its head or its body, or does not speak HTTP, has not done it")
  func broken() async throws {
    for (answer, reason) in [
      ("", HookFailure.Reason.closed), ("HTTP/1.1 200 O", .closed),
      ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbut", .closed), ("SSH-2.0-OpenSSH_9.2\r\n\r\n", .message),
      (
        "HTTP/1.1 200 OK\r\n" + String(repeating: "X: \(String(repeating: "y", count: 1000))\r\n", count: 500), .message
      ),
    ] {
      let failure = await call(try Receiver { $0.send(answer) }).failure
      #expect(failure?.reason == reason, "\(answer.prefix(60)): \(String(describing: failure))")
    }
  }

  @Test("No listener, and one that never takes a connection, are away")
  func noConnection() async throws {
    let (listener, port, clients) = try Receiver.deaf()
    func call() async -> HookOutcome {
      let target = WebhookTarget(url: "http://127.0.0.1:\(port)/", allowsPrivate: true)
      return await runner.run(target, .sample(), limit: .milliseconds(500))
    }
    let deaf = await call()
    #expect(deaf.failure?.weight == .away && deaf.duration < .seconds(30))
    #expect([.connect, .timeout].contains(deaf.failure?.reason))
    for descriptor in clients + [listener] { close(descriptor) }
    let none = await call()
    let sentence = "127.0.0.1 (127.0.0.1 port \(port)) takes no connection: Connection refused"
    #expect(none.failure == HookFailure(.connect, sentence, .away))
  }

  @Test("A stop interrupts it at once")
  func interrupted() async throws {
    let receiver = try Receiver { $0.waitForEnd() }
    let task = Task { await call(receiver, limit: .seconds(60)) }
    try await eventually("it asks") { !receiver.requests.isEmpty }
    let asked = ContinuousClock.now
    task.cancel()
    #expect(await task.value.result == .interrupted)
    #expect(.now - asked < .seconds(15))
  }

  @Test("The Alertmanager format has every field of version 4")
  func alertmanager() async throws {
    let receiver = try Receiver(status: "200 OK")
    let begin = Timestamp(microseconds: 1_763_700_000_250_000)
    func alert(_ device: String, ends: Timestamp?) -> AlertGroup.Alert {
      AlertGroup.Alert(
        labels: ["alertname": "turbid", "site": "north", "device": device], annotations: ["summary": "浑浊 \"1\""],
        startsAt: begin, endsAt: ends, fingerprint: "00000000000000aa", generatorURL: "https://gw/a")
    }
    var call = HookCall.sample(hook: "ops-room")
    call.alerts = AlertGroup(
      alerts: [alert("p-1", ends: nil), alert("p-2", ends: begin + .seconds(60))], groupKey: "{}:{site=\"north\"}",
      groupLabels: ["site": "north"], truncatedAlerts: 3, externalURL: "https://gw")
    let target = WebhookTarget(
      url: "http://127.0.0.1:\(receiver.port)/", format: .alertmanager, allowsPrivate: true)
    #expect(await runner.run(target, call, limit: .seconds(20)).result == .done)
    let expected = """
      {"alerts":[\
      {"annotations":{"summary":"浑浊 \\"1\\""},"endsAt":"0001-01-01T00:00:00Z","fingerprint":"00000000000000aa",\
      "generatorURL":"https://gw/a","labels":{"alertname":"turbid","device":"p-1","site":"north"},\
      "startsAt":"2025-11-21T04:40:00.25Z","status":"firing"},\
      {"annotations":{"summary":"浑浊 \\"1\\""},"endsAt":"2025-11-21T04:41:00.25Z","fingerprint":"00000000000000aa",\
      "generatorURL":"https://gw/a","labels":{"alertname":"turbid","device":"p-2","site":"north"},\
      "startsAt":"2025-11-21T04:40:00.25Z","status":"resolved"}],\
      "commonAnnotations":{"summary":"浑浊 \\"1\\""},"commonLabels":{"alertname":"turbid","site":"north"},\
      "externalURL":"https://gw","groupKey":"{}:{site=\\"north\\"}","groupLabels":{"site":"north"},\
      "receiver":"ops-room","status":"firing","truncatedAlerts":3,"version":"4"}
      """
    #expect(receiver.requests.first?.body == expected)
    call.alerts.alerts.removeFirst()
    _ = await runner.run(target, call, limit: .seconds(20))
    #expect(receiver.requests.last?.body.contains(#""receiver":"ops-room","status":"resolved""#) == true)
  }
}
