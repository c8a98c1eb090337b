/// What the normalizers of Hugging Face's `tokenizers` ask of characters, numbers in base 36. Lower case is that of
/// Unicode 17; the classes are those of the older versions that its libraries have, because ids must be equal.
enum CharacterTables {
  /// Lower case, but for U+0130, which becomes two: code points since the one before, `+n` and n after it or `*n` and n
  /// after it with one between, and how far the lower-case letters are, `:` above or `-` below.
  static let lowercase: StaticString = """
    1t+p:w 3j+m:w o+6:w 14*n:1 1e*2:1 7*7:1 h*m:1 1a-3d 1*2:1 8:5u 1*1:1 4:5q 1:1 2+1:5p 2:1 3:27 1:5m 1:5n 1:1 2:5p \
    1:5r 2:5v 1:5t 1:1 4:5v 1:5x 2:5y 1*2:1 6:62 1:1 2:62 3:1 2:62 1:1 2+1:61 2*1:1 4:63 1:1 4:1 8:2 1:1 2:2 1:1 2:2 \
    1*8:1 j*8:1 j:2 1*1:1 4-2p 1-1k 1*j:1 14-3m 2*8:1 o:8bv 1:1 2-4j 1:8bs 3:1 2-5f 1:1x 1:1z 1*4:1 8a*1:1 6:1 9:38 \
    7:12 2+2:11 4:1s 2+1:1r 3+g:w i+8:w 18:8 9*b:1 s-1o 3:1 2-7 1:1 3+2-3m 3+f:28 g+v:w 28*g:1 16*q:1 1i:f 1*6:1 \
    f*1b:1 2p+11:1c 29b+11:5ls 13:5ls 6:5ls k3+27:tzk 28+5:8 1p5:1 7+16-2bk 19+2-2bk 8z*22:1 4e-5vj 2*1b:1 2w+7-8 \
    g+5-8 g+7-8 g+7-8 g+5-8 h*3-8 f+7-8 w+7-8 g+7-8 g+7-8 g+1-8 2+1-22 2-9 c+3-2e 4-9 c+1-8 2+1-2s e+1-8 2+1-34 2-7 \
    c+1-3k 2+1-3i 2-9 8a-5st 4-6gv 1-6di 7:s 1a+f:g z:1 mr+p:q 1fu+1b:1c 2o:1 2-8af 1-2xy 1-89z 3*2:1 6-8bg 1-8al \
    1-8bj 1-8bi 2:1 3:1 9+1-8cf 2*1d:1 2z*1:1 7:1 nym*m:1 1s*d:1 4i*6:1 g*u:1 1z*1:1 4-r9g 1*4:1 d:1 2-wmg 3*1:1 \
    6*9:1 k-wn8 1-wnj 1-wnf 1-wn5 1-wn8 2-wlu 1-wmi 1-wlx 1:ps 1*7:1 g-1c 1-wn7 1-raw 1*1:1 4-wo7 1*7:1 g-wu9 p:1 \
    h7w+p:w yn+13:14 4w+z:14 5c*i:13 1*4:13 c*6:13 g*2:13 8:13 1d7+1e:1s 5s+l:w 28g+v:w gww+v:w 2o+o:r o68+x:y
    """

  /// Combining marks (general category M).
  static let marks: StaticString = """
    lc+33 7n+6 7b+18 1 1+1 1+1 1 20+a 1c+k g 2t+6 2+5 2+1 1+3 z u+q 2j+a 1m+8 y+3 1+8 1+2 1+4 17+2 3c+d 1+w 1i+2 1+h \
    1+6 a+1 t+2 1k 1+6 2+1 2+2 9 a+1 t+2 1k 1+4 4+1 2+2 3 u+1 3 b+2 1k 1+7 1+2 1+2 k+1 t+2 1k 1+6 2+1 2+2 8+1 a+1 u \
    1n+4 3+2 1+3 9 14+3 1m+6 1+2 1+3 7+1 b+1 t+2 1k 1+6 1+2 1+3 7+1 b+1 t+2 1m+6 1+2 1+3 9 a+1 u+1 1y 4+5 1 1+7 i+1 \
    1p 2+6 c+7 2q 2+5 1+1 b+5 22+1 r 1 1 4+1 1d+j 1+1 5+a 1+z 9 2s+j n+3 4+2 1+2 2+6 3+3 d+b 1 a+3 jj+2 qa+2 t+2 t+1 \
    u+1 1s+v 9 19+2 3b+1 y 3a+b 4+b 63+4 1l+9 1+s 2 1c+e 1t+4 1b+g 12+8 c+2 u+c 1k+d 1c+j 48+2 1+k 4 4+2 3+1 5i+1h \
    5+4 k0+w 2da+2 3x 2o+v fe+5 2x+1 n9w+3 1+9 w+1 28+1 7k 3 4 n+4 2g+1 1e+h q+h 1g+7 p+c 18+3 1b+d 10 1v+d c 8+1 \
    19+2 1e 1+2 2+1 5+1 1 15+4 5+1 6k+7 1+1 fn4 kh+f g+f r1 6a 45+4 1ae+2 1+1 5+3 14+2 4 4l+1 109+2 1h+e 1k+3 19+a \
    1x+2 10+d 1q c+2 1c+d 9+2 2n+b 6 4g+b l+3 1k 1+6 2+1 2+2 9 a+1 2+6 3+4 5c+h 2x+j 6j+6 2+8 r+1 2a+g 2y+c 2t+e zn+7 \
    1+7 2a+l 1+d fg9+4 1n+6 t6+19 g+3 f7u+1 43q+4 3+5 8+7 2+6 u+3 44+2 1iz+1i 4+1d 8 e m+4 1+e 11s+6 1+g 2+6 1+1 1+4 \
    1ph+6 31+6 gzhx+6n
    """

  /// Marks that take no space (Mn).
  static let nonspacingMarks: StaticString = """
    lc+33 7n+4 7d+18 1 1+1 1+1 1 20+a 1c+k g 2t+6 2+5 2+1 1+3 z u+q 2j+a 1m+8 y+3 1+8 1+2 1+4 17+2 3r+v 1j 1 4+7 4 \
    3+6 a+1 t 1m 4+3 8 k+1 t+1 1l 4+1 4+1 2+2 3 u+1 3 b+1 1l 4+4 1+1 4 k+1 t 1m 2 1+3 8 8 b+1 u 1p c 1e 1p+2 5+2 1+3 \
    7+1 b+1 t 1m 2 6 5+1 k+1 t 1r+3 8 k+1 2u 7+2 1 2i 2+6 c+7 2q 2+5 1+1 b+5 22+1 r 1 1 1j+d 1+4 1+1 5+a 1+z 9 2u+3 \
    1+5 1+1 2+1 p+1 4+2 g+3 d 2+1 6 f jj+2 qa+2 t+2 t+1 u+1 1s+1 1+6 8 2+a 9 19+2 4b 3a+2 4+1 9 6+2 63+1 2 1m 1+6 1 1 \
    2+7 6+9 2 1c+d 1u+3 1c 1+4 1 5 14+8 c+1 w+3 2+1 1+2 1k 1+1 3 1+2 1m+7 2+1 48+2 1+c 1+6 4 6 3+1 5i+1h 6+3 k0+c 4 \
    3+b 2da+2 3x 2o+v fe+3 2z+1 n9w 4+9 w+1 28+1 7k 3 4 p+1 4d r+h 1g+7 p+a 1a+2 1c 2+3 2 14 1v+5 2+1 2+1 c 8 1b 1f \
    1+2 2+1 5+1 1 16+1 8 6m 2 4 fn4 kh+f g+f r1 6a 45+4 1ae+2 1+1 5+3 14+2 4 4l+1 10a 1i+e 1k+2 1d+3 2+1 1x+2 10+4 \
    1+7 1q c+1 1g+8 b+2 2q+2 2 1+1 4n 3+7 l+1 1m 3 11+6 3+4 8u+5 1 4+1 1+1 6m+3 6+1 1+1 r+1 2d+7 2 1+1 2y 1 2+5 1 \
    2t+2 2+3 1+4 gjo+4 1n+6 uw+3 f7u+1 43s+2 h+7 2+6 u+3 44+2 1iz+1i 4+1d 8 e m+4 1+e 2sg+6 gzl5+6n
    """

  /// Control, format and private-use characters (Cc, Cf, Co).
  static let others: StaticString = """
    1+7 2+1 1+h 2n+w d 11u+5 m 5c 1d 3cu 1ks+4 q+4 1d+4 1+9 11u8+4xr 16n 6x+2 3b5 xya+3 43z+7 h406 u+2n 1egw+1ekd \
    2+1ekd
    """
}
