#include "tensor/io/npy.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/io/elements.h"
#include "tensor/io/room.h"
#include "tensor/views.h"

// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
namespace cadena {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::uint64_t kLongestHeader = 1 << 20;
constexpr std::size_t kHighestRank = 64;  // NumPy 2's limit

struct Header {
  std::string descr;
  std::optional<bool> fortran_order;
  std::optional<Shape> shape;
};

/// Reads the header, a Python dictionary such as {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
class HeaderParser {
 public:
  HeaderParser(const std::string& name, std::string_view text) : name_(name), text_(text) {}

  Header parse() {
    Header header;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && header.descr.empty()) header.descr = descr();
      else if (key == "fortran_order" && !header.fortran_order) header.fortran_order = boolean();
      else if (key == "shape" && !header.shape) header.shape = tuple();
      else fail_with(concat("key '", printable(key), "' twice, or not known"));
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_blanks();
    if (at_ != text_.size()) fail_with("text after the dictionary");
    if (header.descr.empty() || !header.fortran_order || !header.shape) {
      fail_with("expected the keys descr, fortran_order and shape");
    }
    return header;
  }

 private:
  [[noreturn]] void fail_with(const std::string& what) const { fail<IoError>(name_, ": malformed npy header: ", what); }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }

  bool accept(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void expect(char c) {
    if (!accept(c)) fail_with(concat("expected ", std::string(1, c), " at position ", at_));
  }

  bool accept_word(std::string_view word) {
    skip_blanks();
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  std::string quoted() {
    skip_blanks();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') fail_with(concat("expected a quoted word at position ", at_));
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail_with("a quote is not closed");
    std::string word(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return word;
  }

  std::string descr() {
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '[')
      fail<IoError>(name_, ": holds records, expected one number an element");
    return quoted();
  }

  bool boolean() {
    if (accept_word("True")) return true;
    if (!accept_word("False")) fail_with("fortran_order is neither True nor False");
    return false;
  }

  Shape tuple() {
    std::vector<i64> extents;
    expect('(');
    while (!accept(')')) {
      skip_blanks();
      i64 extent = -1;
      const auto end = std::from_chars(text_.data() + at_, text_.data() + text_.size(), extent);
      if (end.ec != std::errc() || extent < 0) fail_with(concat("no valid extent at position ", at_));
      at_ = static_cast<std::size_t>(end.ptr - text_.data());
      if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2's long integers
      extents.push_back(extent);
      if (extents.size() > kHighestRank) fail_with(concat("more than ", kHighestRank, " axes"));
      if (!accept(',')) {
        if (extents.size() == 1) fail_with(concat("shape (", extent, ") is no tuple, expected (", extent, ",)"));
        expect(')');
        break;
      }
    }
    return Shape(extents);
  }

  const std::string& name_;
  std::string_view text_;
  std::size_t at_ = 0;
};

/// The encoding of a descr such as "<f4". Throws IoError that says what the file holds instead of numbers.
Encoding parse_descr(const std::string& name, const std::string& descr) {
  const std::string kind = descr.size() > 1 ? descr.substr(1) : "";
  if (descr[0] == '<' || descr[0] == '>' || descr[0] == '|' || descr[0] == '=') {
    const std::pair<const char*, Encoding> known[] = {
        {"f2", Encoding::float16}, {"f4", Encoding::float32}, {"f8", Encoding::float64}, {"i1", Encoding::int8},
        {"i2", Encoding::int16},   {"i4", Encoding::int32},   {"i8", Encoding::int64},   {"u1", Encoding::uint8},
        {"u2", Encoding::uint16},  {"u4", Encoding::uint32},  {"u8", Encoding::uint64},  {"b1", Encoding::boolean}};
    for (const auto& [word, encoding] : known) {
      if (kind == word) return encoding;
    }
    if (kind[0] == 'O') fail<IoError>(name, ": holds pickled Python objects, which are never loaded");
  }
  fail<IoError>(name, ": holds elements of type '", printable(descr), "', expected bool, integers, f2, f4 or f8");
}

}  // namespace

Tensor read_npy(ByteSource& source) {
  if (source.remaining() < kMagic.size() + 4 || source.read_string(kMagic.size()) != kMagic) {
    fail<IoError>(source.name(), ": not an npy file: it does not start with \\x93NUMPY");
  }
  const auto unsigned_of = [&](std::uint64_t bytes) {
    std::uint64_t value = 0;
    for (std::uint64_t i = 0; i < bytes; ++i) {
      unsigned char byte = 0;
      source.read(&byte, 1);
      value |= std::uint64_t{byte} << (8 * i);
    }
    return value;
  };
  const std::uint64_t major = unsigned_of(1);
  const std::uint64_t minor = unsigned_of(1);
  if (major < 1 || major > 3 || minor != 0) {
    fail<IoError>(source.name(), ": npy version ", major, ".", minor, ", expected 1.0, 2.0 or 3.0");
  }
  const std::uint64_t length = unsigned_of(major == 1 ? 2 : 4);
  if (length > kLongestHeader) {
    fail<IoError>(source.name(), ": an npy header of ", length, " bytes, expected at most ", kLongestHeader);
  }
  const std::string text = source.read_string(length);
  const Header header = HeaderParser(source.name(), text).parse();
  const Encoding encoding = parse_descr(source.name(), header.descr);
  const bool big_endian = header.descr[0] == '>' || (header.descr[0] == '=' && std::endian::native == std::endian::big);

  Shape stored = *header.shape;  // in Fortran order the first axis is the fastest: the transpose is in C order
  if (*header.fortran_order) std::reverse(stored.begin(), stored.end());
  Tensor x = read_elements(source, stored, encoding, big_endian);
  if (source.remaining() > 0) {
    fail<IoError>(source.name(), ": ", source.remaining(), " bytes follow the elements of shape ", *header.shape);
  }
  if (!*header.fortran_order) return x;
  std::vector<int> reversed;
  for (int axis = x.rank() - 1; axis >= 0; --axis) reversed.push_back(axis);
  return with_room(source.name(), size_of(x.dtype()) * static_cast<std::uint64_t>(x.numel()),
                   [&] { return contiguous(x.rank() < 2 ? x : permute(x, Axes(reversed))); });
}

Tensor load_npy(const std::string& path) {
  InputFile file(path);
  return read_npy(file);
}

std::string npy_header(const Tensor& x) {
  static_assert(std::endian::native == std::endian::little);
  if (x.rank() > static_cast<int>(kHighestRank)) {
    fail<IoError>("npy: ", x.rank(), " axes, expected at most ", kHighestRank);
  }
  const char* descr = nullptr;
  switch (x.dtype()) {
    case Dtype::f32: descr = "<f4"; break;
    case Dtype::f64: descr = "<f8"; break;
    case Dtype::f16: descr = "<f2"; break;
    case Dtype::i64: descr = "<i8"; break;
    case Dtype::boolean: descr = "|b1"; break;
    case Dtype::bf16: fail_dtype("npy", x.dtype(), "what NumPy knows: cast to f32, or write safetensors");
  }
  std::string text = concat("{'descr': '", descr, "', 'fortran_order': False, 'shape': ", x.shape(), ", }");
  constexpr std::size_t kPrefix = 10;  // magic, version, length
  text.append(63 - (kPrefix + text.size()) % 64, ' ').push_back('\n');
  const std::size_t length = text.size();  // less than 2^16: 64 axes take 22 bytes each at most
  std::string header(kMagic);
  header += {'\x01', '\x00', static_cast<char>(length & 0xff), static_cast<char>(length >> 8)};
  return header + text;
}

void save_npy(const std::string& path, const Tensor& x) {
  const Tensor values = for_writing("save_npy", x);
  const std::string header = npy_header(values);
  FileWriter file(path);
  file.write(header);
  file.write(bytes_of(values));
  file.commit();
}

}  // namespace cadena
