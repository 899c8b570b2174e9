#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace cadena {

/// Bytes read once from front to back. `remaining()` is how many there really are, so that a reader can compare it with
/// what a header claims before it allocates.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// What messages call it: a path, or a member of an archive.
  const std::string& name() const { return name_; }
  /// How many bytes have not been read yet.
  std::uint64_t remaining() const { return remaining_; }

  /// The next `count` bytes. Throws IoError naming the source if fewer are left or reading fails.
  void read(void* to, std::uint64_t count);
  /// The next `count` bytes as text. Throws MemoryError naming the source where there is no room for them.
  std::string read_string(std::uint64_t count);

 protected:
  /// A source called `name` with `size` bytes.
  ByteSource(std::string name, std::uint64_t size) : name_(std::move(name)), remaining_(size) {}
  /// For a source that learns its size only when it is open.
  void set_size(std::uint64_t size) { remaining_ = size; }

 private:
  virtual void read_bytes(void* to, std::uint64_t count) = 0;

  std::string name_;
  std::uint64_t remaining_;
};

/// A regular file, open for reading.
class InputFile : public ByteSource {
 public:
  /// Throws IoError if `path` does not exist, is no regular file, may not be read, or holds a NUL.
  explicit InputFile(const std::string& path);
  ~InputFile() override;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

 private:
  void read_bytes(void* to, std::uint64_t count) override;

  int descriptor_;
};

/// Bytes in memory.
class MemorySource : public ByteSource {
 public:
  /// Reads `bytes`, which must outlive it.
  MemorySource(std::string name, std::string_view bytes) : ByteSource(std::move(name), bytes.size()), bytes_(bytes) {}

 private:
  void read_bytes(void* to, std::uint64_t count) override;

  std::string_view bytes_;
};

/// A file that appears under its name complete or not at all. Bytes go to a new file in the same folder; `commit` syncs
/// it to the disk and renames it. Until then, and if anything fails, what stood at `path` stays as it was, and nothing
/// else is left behind. Of two writers each replaces the whole file; a symbolic link is followed; permissions are kept,
/// and owner and group where the system lets us.
class FileWriter {
 public:
  /// Throws IoError if the folder is missing or may not be written, or `path` is something else than a regular file or
  /// holds a NUL.
  explicit FileWriter(const std::string& path);
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  /// Throws IoError naming the path and the reason: a full disk, say, or the limit on the size of files (`ulimit -f`).
  void write(const void* from, std::uint64_t count);
  void write(std::string_view text) { write(text.data(), text.size()); }

  /// Makes the file visible under its name. Throws IoError.
  void commit();

 private:
  void flush();
  void put(const char* next, std::uint64_t count);
  [[noreturn]] void fail_with(int error) const;

  std::string path_;
  std::string temporary_;
  std::string buffer_;
  int descriptor_ = -1;
};

/// Text out of a file as a message shows it: control characters but those in `kept`, as they must not steer a terminal,
/// and what is not UTF-8 as \\xNN, and no more than the first `longest` bytes of it.
std::string printable(std::string_view text, std::size_t longest = 60, std::string_view kept = "");

/// The whole file. Throws IoError, MemoryError where there is no room for it.
std::string read_file(const std::string& path);

/// Writes a whole file as `FileWriter` does. Throws IoError.
void write_file(const std::string& path, std::string_view text);

}  // namespace cadena
