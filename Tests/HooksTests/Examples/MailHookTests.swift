import Foundation
import Hooks
import TestSupport
import Testing

/// `mail.sh`, against a mail server of this test.
@Suite(.exclusive)
struct MailHookTests {
  private let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  private func send(
    to receiver: MailReceiver, _ variables: [String: String] = [:], document: String = #"{"alerts":[]}"#
  ) async throws -> HookOutcome {
    let curl = try scratch.file("mail.curl", "url = \"smtp://127.0.0.1:\(receiver.port)\"\n")
    return await ExampleHook("mail.sh").run(
      [curl, "gateway@plant.example", "duty@plant.example"], variables, document: document)
  }

  /// The words of a subject, as RFC 2047 has them.
  private func subject(_ mail: MailReceiver.Mail) throws -> String {
    let words = try #require(mail.field("Subject")).split(separator: " ")
    var bytes = Data()
    for word in words {
      #expect(word.utf8.count <= 75 && word.hasPrefix("=?UTF-8?B?") && word.hasSuffix("?="), "\(word)")
      let part = try #require(Data(base64Encoded: String(word.dropFirst(10).dropLast(2))))
      // Each is whole by itself.
      #expect(String(validating: part, as: UTF8.self) != nil, "\(word)")
      bytes += part
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("A mail has subject, figures and the whole document, and the call's id is its own")
  func mail() async throws {
    let receiver = try MailReceiver()
    let document = #"{"alerts":[{"title":{"zh":"浊度 \"高\""}}]}"#
    let outcome = try await send(to: receiver, ["GANGLION_ALERTS": "2"], document: document)
    #expect(outcome.result == .done, "\(outcome)")
    try await eventually("the mail is there") { !receiver.mails.isEmpty }
    let mail = receiver.mails[0]
    #expect(mail.from.hasPrefix("MAIL FROM:<gateway@plant.example>"))
    #expect(mail.to.hasPrefix("RCPT TO:<duty@plant.example>"))
    #expect(mail.field("Message-ID") == " <00c0ffee00c0ffee@north.ganglion.invalid>")
    #expect(try subject(mail) == "[critical] firing: Water is turbid (+1)")
    let text = try #require(mail.text)
    #expect(text.hasPrefix("Water is turbid\n出厂水浊度超标\n\nstate     firing\n"), "\(text)")
    #expect(text.contains("\nvalue     1.25 [NTU]\n") && text.hasSuffix("(start):\n\n\(document)"), "\(text)")
  }

  @Test("What is hostile makes no field and no command of the mail")
  func hostile() async throws {
    let receiver = try MailReceiver()
    let title = "x\r\nBcc: all@plant.example\r\n\r\n.\r\n\(ExampleHook.hostile)"
    let outcome = try await send(
      to: receiver, ["GANGLION_TITLE": title, "GANGLION_DEVICE": title], document: ".\n.\nRCPT TO:<x>\n")
    #expect(outcome.result == .done, "\(outcome)")
    try await eventually("the mail is there") { !receiver.mails.isEmpty }
    let mail = receiver.mails[0]
    #expect(mail.field("Bcc") == nil && receiver.mails.count == 1)
    let line = String(title.unicodeScalars.map { $0.value < 32 ? " " : Character($0) })
    #expect(try subject(mail) == "[critical] firing: \(line)")
    #expect(mail.text?.contains("device    \(title)\n") == true)
    #expect(mail.text?.hasSuffix(".\n.\nRCPT TO:<x>\n") == true)
    #expect(!FileManager.default.fileExists(atPath: "/pwned"))
  }

  @Test("'Later' and a server that is not there are tried again; a refusal is not")
  func refusals() async throws {
    #expect(try await send(to: MailReceiver(answer: "451 later")).isAway)
    let refused = try await send(to: MailReceiver(answer: "550 nobody of that name"))
    #expect(refused.failure?.weight == .failed, "\(refused)")
    let port = try MailReceiver().port
    let curl = try scratch.file("gone.curl", "url = \"smtp://127.0.0.1:\(port)\"\n")
    #expect(await ExampleHook("mail.sh").run([curl, "a@plant.example", "b@plant.example"]).isAway)
    #expect(await ExampleHook("mail.sh").run([curl]).text.contains("usage: mail.sh"))
  }
}
