// Damaged files of every format through the real jail: none is lost, nothing dies on this side, nothing outside is
// touched. Every file is a function of a seed and its number, so each can be made again.
//
//   CROSSGUARD_MUTATIONS=100000     how many (default 2,000)
//   CROSSGUARD_MUTATION_SEED=7      another set (default 20220302)
//   CROSSGUARD_MUTATION_AT=1234     only that one; CROSSGUARD_MUTATION_OUT=FILE writes it there
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "env/random.h"
#include "examine/kernel/examine.h"
#include "examine/test_support.h"
#include "examine/testing_formats.h"

namespace crossguard::examine {
namespace {

using testing::StartExaminer;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::vector<Bytes> Originals() {
  std::vector<Bytes> files = testing::EveryFormat();
  std::erase_if(files, [](const Bytes& file) { return file.empty(); });
  std::vector<drawing::Picture> film;
  for (size_t i = 0; i < 8; ++i) film.push_back(drawing::DrawScene(i / 2, 64, 48));
  for (const auto& [container, codec] : {std::pair{"mov", "libx264"},
                                         {"3gp", "mpeg4"},
                                         {"matroska", "libx265"},
                                         {"matroska", "libaom-av1"},
                                         {"webm", "libvpx-vp9"},
                                         {"avi", "mpeg4"},
                                         {"mpegts", "libx264"},
                                         {"mpeg", "mpeg1video"},
                                         {"flv", "flv"},
                                         {"asf", "wmv2"},
                                         {"ogg", "libtheora"}}) {
    files.push_back(testing::EncodeVideo(film, {.container = container, .codec = codec, .frames_per_second = 25}));
  }
  for (const testing::RareVideo& video : testing::RareVideos(film)) files.push_back(video.bytes);
  const Bytes jpeg = drawing::EncodeJpeg(drawing::DrawScene(3, 64, 48));
  files.push_back(testing::MakeSoundWithCover(jpeg, 64, 48));
  std::string pdf = "%PDF-1.7\n1 0 obj\n<</Type/XObject/Subtype/Image/Filter/DCTDecode/Length " +
                    std::to_string(jpeg.size()) + ">>\nstream\n" + std::string(AsText(jpeg)) + "\nendstream\nendobj\n";
  files.push_back(ToBytes(pdf));
  files.push_back(drawing::MakeZip({{"[Content_Types].xml", ToBytes("<Types/>")},
                                    {"word/document.xml", ToBytes("<w/>")},
                                    {"word/media/a.jpg", jpeg}}));
  const std::string mail =
      "From: a@example.org\nDate: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
      "--b\nContent-Type: image/jpeg; name=a.jpg\nContent-Transfer-Encoding: base64\n\n" +
      ToBase64(jpeg) + "\n--b--\n";
  files.push_back(ToBytes(mail));
  files.push_back(ToBytes("From a@example.org Thu Jan  1 00:00:00 1970\n" + mail +
                          "\nFrom b@example.org Thu Jan  1 "
                          "00:00:00 1970\n" +
                          mail));
  files.push_back(testing::MakeArchive(testing::Packing::kTar, {{"a.jpg", jpeg}, {"b", Bytes(2000, 3)}}));
  for (const testing::RareArchive& archive : testing::RareArchives({{"a.jpg", jpeg}, {"b", Bytes(2000, 3)}}))
    files.push_back(archive.bytes);
  for (const char* const filter : {"xz", "zstd", "bzip2", "compress", "lz4", "lzma", "lzip"})
    files.push_back(testing::Compress(filter, jpeg));
  return files;
}

// One blow of those that files suffer: a bit, a byte, a number made huge, a piece lost, doubled, moved, zeroed, or the
// end cut off.
void Strike(Bytes& bytes, SeededRandom& random) {
  if (bytes.empty()) return;
  const size_t at = random.Chance(0.4) ? random.Below(std::min<size_t>(bytes.size(), 256)) : random.Below(bytes.size());
  const size_t length = 1 + random.Below(std::min<size_t>(bytes.size() - at, random.Chance(0.5) ? 8 : 512));
  const auto first = bytes.begin() + static_cast<ptrdiff_t>(at);
  const auto end = first + static_cast<ptrdiff_t>(length);
  switch (random.Below(9)) {
    case 0:
      bytes[at] ^= static_cast<uint8_t>(1U << random.Below(8));
      break;
    case 1:
      bytes[at] = static_cast<uint8_t>(random.Below(256));
      break;
    case 2:
      std::fill(first, first + static_cast<ptrdiff_t>(std::min<size_t>(4, bytes.size() - at)), uint8_t{0xFF});
      break;
    case 3:
      std::fill(first, end, uint8_t{0});
      break;
    case 4:
      bytes.erase(first, end);
      break;
    case 5: {
      const Bytes piece(first, end);
      bytes.insert(bytes.begin() + static_cast<ptrdiff_t>(random.Below(bytes.size())), piece.begin(), piece.end());
      break;
    }
    case 6:
      std::reverse(first, end);
      break;
    case 7:
      bytes.resize(at);
      break;
    default:
      random.Fill(std::span(bytes).subspan(at, length));
      break;
  }
}

Bytes MutatedFile(const std::vector<Bytes>& originals, uint64_t seed, uint64_t number) {
  SeededRandom random(seed * 1'000'003 + number);
  Bytes bytes = originals[number % originals.size()];
  // One in sixteen: two formats in one file.
  if (random.Below(16) == 0) {
    const Bytes& other = originals[random.Below(originals.size())];
    bytes.insert(bytes.begin() + static_cast<ptrdiff_t>(random.Below(bytes.size() + 1)), other.begin(), other.end());
  }
  const uint64_t blows = 1 + random.Below(random.Chance(0.3) ? 12 : 3);
  for (uint64_t i = 0; i < blows; ++i) Strike(bytes, random);
  return bytes;
}

// Files where a worker that got out would first leave traces: in the folder that it runs in, which is one of its own.
class Canaries {
 public:
  Canaries()
      : home_(std::filesystem::current_path()),
        folder_(std::filesystem::temp_directory_path() / ("crossguard-canary-" + std::to_string(getpid()))) {
    std::filesystem::create_directory(folder_);
    std::ofstream(folder_ / "canary") << "alive";
    std::filesystem::current_path(folder_);  // of the examiner too, which is started from here
    before_ = Look();
  }
  ~Canaries() {
    std::filesystem::current_path(home_);
    std::filesystem::remove_all(folder_);
  }
  bool Untouched() const { return Look() == before_; }

 private:
  std::map<std::string, std::string> Look() const {
    std::map<std::string, std::string> seen;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      std::ifstream in(entry.path());
      seen[entry.path().filename()] = {std::istreambuf_iterator<char>(in), {}};
    }
    return seen;
  }
  std::filesystem::path home_;
  std::filesystem::path folder_;
  std::map<std::string, std::string> before_;
};

TEST(Mutations, DamagedFilesOfEveryFormatAreAllAccountedForAndNothingOutsideIsTouched) {
  const uint64_t seed = FromEnvironment("CROSSGUARD_MUTATION_SEED", 20220302);
  const uint64_t only = FromEnvironment("CROSSGUARD_MUTATION_AT", UINT64_MAX);
  const uint64_t begin = only == UINT64_MAX ? 0 : only;
  const uint64_t end = only == UINT64_MAX ? FromEnvironment("CROSSGUARD_MUTATIONS", 2'000) : only + 1;
  const std::vector<Bytes> originals = Originals();
  if (const char* const out = std::getenv("CROSSGUARD_MUTATION_OUT"); out != nullptr && only != UINT64_MAX) {
    const Bytes bytes = MutatedFile(originals, seed, only);
    std::ofstream(out, std::ios::binary) << AsText(bytes);
  }
  const Canaries canaries;
  const auto examiner = StartExaminer({.program = testing::ShippedProgram(), .workers = 2});
  ASSERT_NE(examiner, nullptr);
  const int zygote = examiner->zygote_pid();

  std::map<std::string, uint64_t> states;
  std::vector<std::pair<uint64_t, std::vector<ArchiveMember>>> archives;  // of one page
  uint64_t accounted = 0;
  uint64_t members = 0;
  constexpr uint64_t kPage = 500;
  for (uint64_t page = begin; page < end; page += kPage) {
    uint64_t next = page;
    Bytes held;
    const Status examined = examiner->Examine(
        [&](ExamineInput& input) -> Result<bool> {
          if (next == std::min(page + kPage, end)) return false;
          held = MutatedFile(originals, seed, next);
          input = {.tag = next++, .bytes = held};
          return true;
        },
        [&](uint64_t tag, const FileFacts& facts) -> Status {
          EXPECT_EQ(tag, begin + accounted);
          ++accounted;
          ++states[std::string(Name(facts.state))];
          if (facts.state == State::kCrashed || facts.state == State::kTimedOut) {
            std::printf("  file %llu: %s %s %s signal %d\n", static_cast<unsigned long long>(tag),
                        std::string(MimeType(facts.kind)).c_str(), std::string(Name(facts.state)).c_str(),
                        std::string(Name(facts.reason)).c_str(), facts.signal);
            // Named and alone is what is promised of a decoder's fault; a wall that was run against is more than that.
            EXPECT_NE(facts.reason, Reason::kForbiddenCall) << "file " << tag;
            EXPECT_NE(facts.reason, Reason::kMalformedAnswer) << "file " << tag;
          }
          if (!facts.members.empty()) archives.emplace_back(tag, facts.members);
          return {};
        });
    ASSERT_TRUE(examined.has_value()) << examined.error().message;
    // What can be listed is unpacked too: every file member ends exactly once.
    for (const auto& [number, listed] : archives) {
      if (number % 4 != 0) continue;
      uint64_t ends = 0;
      const Status unpacked = examiner->Unpack(MutatedFile(originals, seed, number), listed,
                                               {.data = [](const ArchiveMember&, ByteView) -> Status { return {}; },
                                                .end = [&](const ArchiveMember&, Verdict verdict) -> Status {
                                                  ++ends;
                                                  EXPECT_NE(verdict.reason, Reason::kForbiddenCall)
                                                      << "file " << number;
                                                  return {};
                                                }});
      ASSERT_TRUE(unpacked.has_value()) << unpacked.error().message << " file " << number;
      EXPECT_EQ(ends, static_cast<uint64_t>(std::ranges::count(listed, true, &ArchiveMember::is_file))) << number;
      members += ends;
    }
    archives.clear();
  }
  EXPECT_EQ(accounted, end - begin);
  EXPECT_EQ(examiner->zygote_pid(), zygote) << "the zygote did not live through it";
  EXPECT_TRUE(canaries.Untouched());
  for (const auto& [state, count] : states) {
    RecordProperty(state, std::to_string(count));
    std::printf("  %-18s %llu\n", state.c_str(), static_cast<unsigned long long>(count));
  }
  std::printf("  %llu members unpacked\n", static_cast<unsigned long long>(members));
  if (end - begin < 1000) return;
  EXPECT_GT(states["truncated"] + states["undecodable"], (end - begin) / 20);
  EXPECT_LE(states["crashed"] + states["timed_out"], (end - begin) / 1000);
  EXPECT_GT(members, 0U);
}

}  // namespace
}  // namespace crossguard::examine
