// A program that keeps conversations as Glassbox does, for Tests/Scripts/kill_and_share_store.py.
//
//   store-probe talk STORE CONVERSATION NAME TURNS LENGTH   says TURNS messages of LENGTH letters, each with a reply
//   store-probe show STORE                                  all conversations as JSON, as they are loaded

import Chat
import Core
import Foundation

/// Replies word by word, so that a kill may come within a reply.
final class EchoBackend: ChatBackend, @unchecked Sendable {
  let name = "echo"
  let contextLength = 1 << 20
  func tokens(of request: ChatRequest) -> Int? { nil }
  func reply(to request: ChatRequest, isCancelled: () -> Bool, onEvent: (BackendEvent) -> Void) {
    onEvent(.prompt(RenderedConversation(), tokens: 1))
    let words = (request.turns.last?.content ?? "").split(separator: " ", omittingEmptySubsequences: false)
    var timings = GenerationTimings()
    for word in words {
      timings.decodedTokens += 1
      onEvent(.generation(.token(GeneratedToken(id: 1, text: word + " ", logprob: -0.5))))
    }
    onEvent(.generation(.done(.stop, timings)))
  }
}

func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

func talk(_ path: String, _ id: String, _ name: String, turns: Int, length: Int) throws {
  let store = ConversationStore(path: path)
  let conversation = try store.load(id) ?? Conversation(id: id)
  let session = ChatSession(backend: EchoBackend(), store: store)
  try session.open(conversation)
  var waiting: [Conversation.MessageID] = []
  /// A message is told once it is in the store.
  func tell() {
    guard session.saver?.unsaved == nil else { return say("unsaved") }
    for id in waiting { say("saved \(id) \(session.conversation[id]?.content.utf8.count ?? 0)") }
    waiting = []
  }
  for turn in 0..<turns {
    let text = "\(name) \(turn) " + String(repeating: "word ", count: length / 5)
    waiting.append(contentsOf: try [session.send(text)].flatMap { [session.conversation[$0]?.parent ?? $0, $0] })
    // Somebody has to listen, or the reply waits.
    while session.isGenerating {
      _ = session.events.drain()
      usleep(500)
    }
    session.wait()
    _ = session.events.drain()
    tell()
  }
  while !waiting.isEmpty {
    usleep(50_000)
    session.wait()
    tell()
  }
  say("done")
}

func show(_ path: String) throws {
  let store = ConversationStore(path: path)
  var all: [String: JSON] = [:]
  for summary in try store.list(limit: 100_000) {
    guard let conversation = try store.load(summary.id) else { continue }
    let nodes = conversation.nodes.values.map { node in
      (
        key: String(node.id),
        value: JSON.object([
          "parent": node.parent.map { .string(String($0)) } ?? .null, "role": .string(node.role.rawValue),
          "content": .string(node.content),
        ])
      )
    }
    all[summary.id] = .object(JSONObject(nodes))
  }
  say(JSON.object(JSONObject(all.map { (key: $0.key, value: $0.value) })).serialized())
  if let notice = store.takeNotice() { FileHandle.standardError.write(Data((notice + "\n").utf8)) }
}

let arguments = CommandLine.arguments
switch arguments.dropFirst().first {
case "talk" where arguments.count == 7:
  try talk(
    arguments[2], arguments[3], arguments[4], turns: Int(arguments[5]) ?? 1, length: Int(arguments[6]) ?? 100)
case "show" where arguments.count == 3: try show(arguments[2])
default:
  say("usage: store-probe talk STORE CONVERSATION NAME TURNS LENGTH | show STORE")
  exit(2)
}
