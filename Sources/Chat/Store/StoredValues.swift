import Core
import Foundation
import GRDB

/// Columns as they are found: a file may have been written by anybody, so that any value may be of any type.
extension Row {
  /// A text; bytes are read as UTF-8, numbers as they are written, NULL is empty.
  func text(_ column: String) -> String { (self[column] as DatabaseValue?).map(Self.text) ?? "" }

  func optionalText(_ column: String) -> String? {
    guard let value = self[column] as DatabaseValue?, !value.isNull else { return nil }
    return Self.text(value)
  }

  private static func text(_ value: DatabaseValue) -> String {
    switch value.storage {
    case .null: ""
    case .int64(let number): String(number)
    case .double(let number): String(number)
    case .string(let text): text
    case .blob(let data): String(decoding: data, as: UTF8.self)
    }
  }

  /// Seconds since 1970 that a calendar can show; anything else is 0.
  func time(_ column: String) -> Double {
    let value: Double =
      switch (self[column] as DatabaseValue?)?.storage {
      case .int64(let number)?: Double(number)
      case .double(let number)?: number
      case .string(let text)?: Double(text) ?? 0
      default: 0
      }
    return value >= 0 && value < 253_402_300_800 ? value : 0
  }

  func integer(_ column: String) -> Int? {
    switch (self[column] as DatabaseValue?)?.storage {
    case .int64(let number)?: Int(exactly: number)
    case .double(let number)?: Int(exactly: number)
    case .string(let text)?: Int(text)
    default: nil
    }
  }

  /// A message's id. What is no number gets one of its own, the same each time.
  func messageID(_ column: String) -> Conversation.MessageID? {
    if let number = integer(column) { return number }
    guard let text = optionalText(column) else { return nil }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return Int(hash >> 2)
  }

  func node() -> ConversationNode? {
    guard let id = messageID("id") else { return nil }
    let reply = optionalText("reply")
    return ConversationNode(
      id: id, parent: messageID("parent"), role: Role(rawValue: text("role")) ?? .user, content: text("content"),
      created: time("created"), reply: reply.flatMap(ReplyRecord.init(stored:)))
  }
}

/// Replies as JSON in a column.
extension ReplyRecord {
  init?(stored text: String) {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    guard let reply = try? decoder.decode(ReplyRecord.self, from: Data(text.utf8)) else { return nil }
    self = reply
  }

  func stored() throws -> String {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

extension String {
  /// SQLite's text ends at a NUL; such contents are kept as bytes.
  var stored: DatabaseValue { utf8.contains(0) ? Data(utf8).databaseValue : databaseValue }
}
