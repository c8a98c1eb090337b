/// Stages that come after ByteLevel. In the official library they see bytes written as letters (`Ġ`, `Ã`); here text
/// stays as it is, so they are given that writing, and where they cut it is where the bytes are cut.
struct ByteAlphabetStages: PreTokenizer {
  /// Stages that only cut.
  let stages: [any PreTokenizer]

  func split(_ text: inout PieceText) {
    let old = text.pieces
    var new: [Piece] = []
    new.reserveCapacity(old.count)
    var letters: [UInt8] = []
    var pieces: [Piece] = []
    // For each byte of the letters, the byte they stand for.
    var places: [UInt32] = []
    text.text.withBytes { bytes in
      var next = 0
      while next < old.count {
        letters.removeAll(keepingCapacity: true)
        pieces.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        repeat {
          let start = letters.count
          for i in old[next].range {
            let scalar = ByteAlphabet.scalars[Int(bytes[i])]
            if scalar < 0x80 {
              letters.append(UInt8(scalar))
            } else {
              letters.append(UInt8(0xC0 | scalar >> 6))
              letters.append(UInt8(0x80 | scalar & 0x3F))
              places.append(UInt32(truncatingIfNeeded: i))
            }
            places.append(UInt32(truncatingIfNeeded: i))
          }
          pieces.append(Piece(start, letters.count))
          next += 1
        } while next < old.count && letters.count < 1 << 16
        letters.withUnsafeBufferPointer { letters in
          var written = PieceText(AlignedText(letters))
          written.pieces = pieces
          for stage in stages { stage.split(&written) }
          for piece in written.pieces {
            new.append(Piece(Int(places[Int(piece.start)]), Int(places[Int(piece.end) - 1]) + 1))
          }
        }
      }
    }
    text.pieces = new
  }
}
