// Archives that end early, and what comes before or behind them.
#include <gtest/gtest.h>
#include <locale.h>

#include <algorithm>
#include <random>

#include "drawing/drawing.h"
#include "examine/kernel/archive.h"
#include "examine/kernel/behind.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/kind.h"
#include "examine/kernel/testing_kinds.h"
#include "examine/kernel/testing_support.h"
#include "examine/kernel/zip_end.h"

namespace crossguard::examine {
namespace {

using testing::Noise;
using testing::Packing;

const bool kUtf8 = setlocale(LC_ALL, "C.UTF-8") != nullptr;

FileFacts Examine(const Bytes& bytes, const Limits& limits = {}) {
  return ExamineBytes(bytes, bytes.size(), 0, limits);
}

struct Member {
  std::string name;
  Bytes bytes;
  Verdict verdict;
};
std::vector<Member> Unpack(const Bytes& archive) {
  const testing::Unpacked unpacked = testing::Unpack(archive);
  std::vector<Member> out;
  for (size_t i = 0; i < unpacked.members.size(); ++i)
    out.push_back({unpacked.members[i].first, unpacked.members[i].second, unpacked.verdicts[i]});
  return out;
}

Bytes Cut(const Bytes& bytes, size_t to) {
  return {bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(std::min(to, bytes.size()))};
}
Bytes Joined(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}
bool IsBeginningOf(const Bytes& part, const Bytes& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}
size_t Find(const Bytes& bytes, std::string_view what, size_t from = 0) {
  return AsText(bytes).find(what, from);
}

// Small ones lost all that they held: what a filter had in work when the bytes ended went with it.
TEST(CutArchives, ASingleCompressedFileGivesWhatComesBeforeTheCut) {
  for (const std::string filter : {"gzip", "xz", "lzma", "lzip"}) {
    const Bytes content = Noise(6'000, 1);
    const Bytes whole = testing::Compress(filter, content);
    for (size_t cut = 200; cut < whole.size(); cut += 97) {
      const Bytes bytes = Cut(whole, cut);
      const FileFacts facts = Examine(bytes);
      EXPECT_EQ(facts.reason, Reason::kEndedEarly) << filter << cut;
      EXPECT_EQ(facts.state, facts.members.empty() ? State::kUndecodable : State::kTruncated) << filter << cut;
      if (facts.members.empty()) continue;
      const auto members = Unpack(bytes);
      ASSERT_EQ(members.size(), 1U);
      EXPECT_TRUE(IsBeginningOf(members[0].bytes, content)) << filter << cut;
      EXPECT_EQ(members[0].bytes.size(), facts.members[0].size_bytes);
      EXPECT_EQ(members[0].verdict.state, State::kTruncated);
      EXPECT_EQ(members[0].verdict.reason, Reason::kEndedEarly);
    }
    const auto half = Unpack(Cut(whole, whole.size() / 2));
    ASSERT_EQ(half.size(), 1U) << filter;
    EXPECT_GT(half[0].bytes.size(), content.size() / 3) << filter;
  }
  // These give whole blocks.
  for (const auto& [filter, size] :
       {std::pair{std::string("zstd"), size_t{400'000}}, {"bzip2", 2'200'000}, {"lz4", 9'500'000}}) {
    const Bytes content = Noise(size, 2);
    const Bytes whole = testing::Compress(filter, content);
    const FileFacts facts = Examine(Cut(whole, whole.size() * 3 / 4));
    EXPECT_EQ(facts.state, State::kTruncated) << filter;
    EXPECT_EQ(facts.reason, Reason::kEndedEarly) << filter;
    const auto members = Unpack(Cut(whole, whole.size() * 3 / 4));
    ASSERT_EQ(members.size(), 1U) << filter;
    EXPECT_GT(members[0].bytes.size(), content.size() / 4) << filter;
    EXPECT_TRUE(IsBeginningOf(members[0].bytes, content)) << filter;
    EXPECT_EQ(Examine(Cut(whole, 5)).state, State::kUndecodable) << filter;
    EXPECT_EQ(Examine(Cut(whole, 5)).reason, Reason::kEndedEarly) << filter;
  }
}

TEST(CutArchives, DamageInAStreamIsToldApartFromAnEnd) {
  const Bytes content = Noise(6'000, 3);
  for (const std::string filter : {"gzip", "xz", "bzip2"}) {
    Bytes sum = testing::Compress(filter, content);
    sum[sum.size() - (filter == "xz" ? 40 : 5)] ^= 0x55;
    const FileFacts facts = Examine(sum);
    EXPECT_NE(facts.state, State::kExamined) << filter;
    EXPECT_NE(facts.reason, Reason::kEndedEarly) << filter;
    if (filter == "gzip") {
      EXPECT_EQ(Unpack(sum).at(0).bytes, content);
    }
  }
  EXPECT_EQ(Examine(ToBytes("\x1F\x8B\x08 no stream at all")).reason, Reason::kDamagedHeader);
}

TEST(CutArchives, SeveralStreamsBehindOneAnotherAreOneFile) {
  const Bytes a = Noise(3'000, 4), b = Noise(5'000, 5);
  for (const std::string filter : {"gzip", "xz", "zstd", "bzip2", "lzip"}) {
    const Bytes packed = Joined({testing::Compress(filter, a), filter == "xz" ? Bytes(8) : Bytes{},
                                 testing::Compress(filter, b), filter == "xz" ? Bytes(4) : Bytes{}});
    EXPECT_EQ(Examine(packed).state, State::kExamined) << filter << Name(Examine(packed).reason);
    EXPECT_EQ(Unpack(packed).at(0).bytes, Joined({a, b})) << filter;
    EXPECT_EQ(Examine(packed).behind_at, 0U);
    EXPECT_EQ(Examine(Cut(packed, packed.size() - 300)).reason, Reason::kEndedEarly) << filter;
  }
  // Of archives too: the first end of a tar is not the last.
  const Bytes both =
      Joined({testing::MakeArchive(Packing::kTarGz, {{"a", a}}), testing::MakeArchive(Packing::kTarGz, {{"b", b}})});
  const auto members = Unpack(both);
  ASSERT_EQ(members.size(), 2U);
  EXPECT_EQ(members[1].bytes, b);
}

TEST(CutArchives, AnEmptyFileThatWasCompressedIsAMember) {
  for (const std::string filter : {"gzip", "xz", "zstd", "bzip2", "lzma", "lzip"}) {
    const FileFacts facts = Examine(testing::Compress(filter, Bytes{}));
    EXPECT_EQ(facts.state, State::kExamined) << filter << Name(facts.reason);
    EXPECT_EQ(facts.members.size(), 1U) << filter;
  }
}

TEST(CutArchives, ZerosBehindATarAreABombToo) {
  const Bytes tar = testing::MakeArchive(Packing::kTar, {{"a", ToBytes("a")}});
  for (const std::string filter : {"gzip", "xz", "zstd", "bzip2", "lzma", "lzip", "lz4", "compress"}) {
    const FileFacts facts = Examine(testing::Compress(filter, Joined({tar, Bytes(size_t{8} << 20)})));
    EXPECT_EQ(facts.state, State::kLimitExceeded) << filter;
    EXPECT_EQ(facts.reason, Reason::kRatioLimit) << filter;
  }
}

// The members before the cut are whole, the one that is cut gives its beginning, and both are said to be what they are.
TEST(CutArchives, WhatIsBeforeTheCutComesOutOfEveryFormatThatIsReadFromTheFront) {
  const Bytes a = Noise(9'000, 6), b = Noise(9'000, 7);
  const auto pack = [&](Packing packing) { return testing::MakeArchive(packing, {{"a", a}, {"b", b}}); };
  std::vector<std::pair<std::string, Bytes>> all{{"zip", pack(Packing::kZip)},
                                                 {"tar", pack(Packing::kTar)},
                                                 {"tar.gz", pack(Packing::kTarGz)},
                                                 {"tar.xz", pack(Packing::kTarXz)},
                                                 {"rar", testing::MakeRar({{"a", a}, {"b", b}})}};
  for (const auto& [name, whole] : all) {
    ASSERT_EQ(Examine(whole).state, State::kExamined) << name;
    const size_t end_of_b = name == "tar" ? 512 + 9'216 + 512 + 9'000 : whole.size() * 9 / 10;
    const Bytes cut = Cut(whole, end_of_b - 3'000);
    const FileFacts facts = Examine(cut);
    EXPECT_EQ(facts.state, State::kTruncated) << name;
    EXPECT_EQ(facts.reason, Reason::kEndedEarly) << name;
    const auto members = Unpack(cut);
    ASSERT_EQ(members.size(), 2U) << name;
    EXPECT_EQ(members[0].bytes, a) << name;
    EXPECT_EQ(members[0].verdict.state, State::kExamined) << name;
    EXPECT_TRUE(IsBeginningOf(members[1].bytes, b)) << name;
    EXPECT_GT(members[1].bytes.size(), 3'000U) << name;
    EXPECT_EQ(members[1].verdict.state, State::kTruncated) << name;
  }
  // Between two members nothing is missing but what came then.
  const Bytes tar = pack(Packing::kTar);
  EXPECT_EQ(Examine(Cut(tar, 512 + 9'216)).state, State::kTruncated);
  EXPECT_EQ(Examine(Cut(tar, 512 + 9'216)).reason, Reason::kEndedEarly);
  EXPECT_EQ(Examine(Cut(tar, 300)).reason, Reason::kEndedEarly);
  // A 7z has its list at its end.
  const Bytes seven = pack(Packing::kSevenZip);
  EXPECT_EQ(Examine(Cut(seven, seven.size() * 3 / 4)).state, State::kUndecodable);
  EXPECT_EQ(Examine(Cut(seven, seven.size() * 3 / 4)).reason, Reason::kEndedEarly);
}

TEST(CutArchives, AnImageThatIsCutSaysSoThoughItsListIsWhole) {
  const Bytes iso = testing::MakeArchive(Packing::kIso, {{"A.BIN", Noise(400'000, 8)}, {"B.BIN", Noise(400'000, 9)}});
  ASSERT_EQ(Examine(iso).state, State::kExamined);
  const Bytes cut = Cut(iso, iso.size() - 600'000);
  EXPECT_EQ(Examine(cut).state, State::kTruncated);
  EXPECT_EQ(Examine(cut).reason, Reason::kEndedEarly);
  bool one_is_cut = false;
  for (const Member& member : Unpack(cut)) one_is_cut |= member.verdict.state == State::kTruncated;
  EXPECT_TRUE(one_is_cut);
}

// The directory of an archive that lies stored in another is not the other's.
TEST(CutArchives, AZipThatIsCutBehindAZipInsideItIsReadAsItself) {
  const Bytes inner = drawing::MakeZip({{"inner.txt", Noise(500, 10)}});
  const Bytes whole =
      drawing::MakeZip({{"first.bin", Noise(700, 11)}, {"nested.zip", inner}, {"last.bin", Noise(900, 12)}}, true);
  ASSERT_EQ(Examine(whole).state, State::kExamined);
  const Bytes cut = Cut(whole, Find(whole, "last.bin") - 30);
  const FileFacts facts = Examine(cut);
  EXPECT_EQ(facts.state, State::kTruncated);
  EXPECT_EQ(facts.reason, Reason::kEndedEarly);
  ASSERT_EQ(facts.members.size(), 2U);
  EXPECT_EQ(facts.members[0].name, "first.bin");
  EXPECT_EQ(facts.members[1].name, "nested.zip");
  EXPECT_EQ(Unpack(cut).at(1).bytes, inner);
}

// ---- Forms that were not seen ---------------------------------------------------------------------------------------

TEST(RareForms, AWayOfPackingThatNobodyKnowsIsNotDamage) {
  Bytes zip = drawing::MakeZip({{"a", Noise(500, 14)}}, true);
  zip[8] = 97;
  zip[Find(zip, "PK\x01\x02") + 10] = 97;
  const auto members = Unpack(zip);
  ASSERT_EQ(members.size(), 1U);
  EXPECT_EQ(members[0].verdict.state, State::kUndecodable);
  EXPECT_EQ(members[0].verdict.reason, Reason::kUnsupportedVariant);
}

TEST(RareForms, AZstdMayBeginWithAFrameToBeSkipped) {
  const Bytes content = Noise(3'000, 15);
  const Bytes skipped = ToBytes(std::string("\x50\x2A\x4D\x18\x04\0\0\0abcd", 12));
  const Bytes file = Joined({skipped, testing::Compress("zstd", content)});
  EXPECT_EQ(Examine(file).kind, Kind::kZstd);
  EXPECT_EQ(Examine(file).state, State::kExamined);
  EXPECT_EQ(Unpack(file).at(0).bytes, content);
  EXPECT_EQ(DetectKind(skipped), Kind::kUnknown);
}

TEST(RareForms, AMarkOfUnicodeHidesNoMailAndJunkNoDocument) {
  EXPECT_EQ(DetectKind(ToBytes("\xEF\xBB\xBF"
                               "From: a@example.org\nDate: x\n\nhello\n")),
            Kind::kMail);
  const Bytes jpeg = drawing::EncodeJpeg(drawing::DrawScene(1, 64, 48));
  const Bytes late = Joined({ToBytes("a line of a printer\n"), drawing::MakePdf({jpeg})});
  EXPECT_EQ(Examine(late).kind, Kind::kPdf);
  EXPECT_EQ(Unpack(late).at(0).bytes, jpeg);
  EXPECT_EQ(DetectKind(ToBytes("how %PDF-1.7 begins")), Kind::kText);
}

// As files stood in letters before there were attachments.
TEST(RareForms, AFileInTheTextOfAMessageIsAMember) {
  const auto encode = [](const Bytes& bytes) {
    std::string out;
    const auto put = [&](uint32_t bits) { out += bits == 0 ? '`' : static_cast<char>(' ' + bits); };
    for (size_t at = 0; at < bytes.size(); at += 45) {
      const size_t count = std::min<size_t>(45, bytes.size() - at);
      put(static_cast<uint32_t>(count));
      for (size_t i = 0; i < count; i += 3) {
        uint32_t word = 0;
        for (size_t k = 0; k < 3; ++k) word = word << 8 | (i + k < count ? bytes[at + i + k] : 0U);
        for (int shift = 18; shift >= 0; shift -= 6) put(word >> shift & 63U);
      }
      out += "\n";
    }
    return out + "`\nend\n";
  };
  const Bytes a = Noise(1'000, 16), b = Noise(45, 17);
  const std::string head = "From: a@example.org\nDate: x\n\nhello\nbegin at nine\nbegin 644 times\n";
  const std::string text = head + "begin 644 ../a.jpg\n" + encode(a) + "and\nbegin 0755 b\n" + encode(b);
  for (const std::string& break_of_lines : {std::string("\n"), std::string("\r\n")}) {
    std::string message;
    for (const char c : text) message += c == '\n' ? break_of_lines : std::string(1, c);
    const FileFacts facts = Examine(ToBytes(message));
    EXPECT_EQ(facts.state, State::kExamined);
    ASSERT_EQ(facts.members.size(), 2U);
    EXPECT_EQ(facts.members[0].name, "../a.jpg");
    EXPECT_TRUE(facts.members[0].name_escapes);
    EXPECT_EQ(Unpack(ToBytes(message)).at(0).bytes, a);
    EXPECT_EQ(Unpack(ToBytes(message)).at(1).bytes, b);
  }
  const Bytes cut = ToBytes(text.substr(0, head.size() + 400));
  EXPECT_EQ(Examine(cut).state, State::kTruncated);
  EXPECT_TRUE(IsBeginningOf(Unpack(cut).at(0).bytes, a));
}

// Files that are attached to a document are no pictures of it, and seen by whoever opens the list of them.
TEST(RareForms, FilesThatAreAttachedToAPdfAreMembers) {
  const Bytes other = drawing::MakePdf({drawing::EncodeJpeg(drawing::DrawScene(2, 64, 48))});  // streams inside
  Bytes deflated = testing::Compress("gzip", other);
  const std::string sizes = " /Params << /Size " + std::to_string(other.size()) + " >> >>\nstream\n";
  // gzip's frame to zlib's: another header, another sum.
  const auto [a, b] = [&] {
    uint32_t low = 1, high = 0;
    for (const uint8_t byte : other) high = (high + (low = (low + byte) % 65'521)) % 65'521;
    return std::pair{low, high};
  }();
  deflated = Joined({Bytes{0x78, 0x9C}, Bytes(deflated.begin() + 10, deflated.end() - 8),
                     Bytes{static_cast<uint8_t>(b >> 8), static_cast<uint8_t>(b), static_cast<uint8_t>(a >> 8),
                           static_cast<uint8_t>(a)}});
  const auto object = [&](const std::string& filter, const Bytes& stream) {
    return Joined(
        {ToBytes("9 0 obj\n<< /Type /EmbeddedFile" + filter + " /Length " + std::to_string(stream.size()) + sizes),
         stream, ToBytes("\nendstream\nendobj\n")});
  };
  const Bytes pdf = Joined({ToBytes("%PDF-1.7\n"), object("", other), object(" /Filter /FlateDecode", deflated),
                            object(" /Filter [ /FlateDecode ]", deflated),
                            object(" /Filter [ /ASCII85Decode /FlateDecode ]", deflated), ToBytes("%%EOF\n")});
  EXPECT_EQ(Examine(pdf).state, State::kExamined);
  const auto members = Unpack(pdf);
  ASSERT_EQ(members.size(), 3U);
  for (const Member& member : members) {
    EXPECT_EQ(member.bytes, other) << member.name;
    EXPECT_TRUE(member.name.starts_with("attachment-"));
  }
}

// ---- Behind and before ----------------------------------------------------------------------------------------------

TEST(Behind, WhatHangsBehindAnArchiveIsFoundWhereItBegins) {
  const Bytes content = Noise(4'000, 13);
  const Bytes jpeg = drawing::EncodeJpeg(drawing::DrawScene(1, 640, 480), {.quality = 95});
  ASSERT_GT(jpeg.size(), 70'000U);  // farther from the end than an end record is looked for
  std::vector<std::pair<std::string, Bytes>> all{{"gz", testing::Compress("gzip", content)},
                                                 {"xz", testing::Compress("xz", content)}};
  for (const Packing packing :
       {Packing::kZip, Packing::kSevenZip, Packing::kTar, Packing::kTarGz, Packing::kTarXz, Packing::kTarZst})
    all.emplace_back(std::to_string(static_cast<int>(packing)), testing::MakeArchive(packing, {{"a", content}}));
  for (const auto& [name, archive] : all) {
    EXPECT_EQ(Examine(archive).behind_at, 0U) << name;
    for (const Bytes& behind : {jpeg, drawing::MakeZip({{"hidden", ToBytes("x")}})}) {
      const FileFacts facts = Examine(Joined({archive, behind}));
      EXPECT_EQ(facts.state, State::kExamined) << name << Name(facts.reason);
      EXPECT_EQ(facts.behind_at, archive.size()) << name;
      ASSERT_EQ(facts.members.size(), 1U) << name;
      EXPECT_EQ(Unpack(Joined({archive, behind})).at(0).bytes, content) << name;
    }
    EXPECT_EQ(Examine(Joined({archive, ToBytes("nothing that is known")})).behind_at, 0U) << name;
  }
}

void PutAt(Bytes& out, size_t at, uint64_t value, size_t count) {
  for (size_t i = 0; i < count; ++i) out[at + i] = static_cast<uint8_t>(value >> (8 * i));
}

// A program of one section, as small as its format allows.
Bytes PortableExecutable() {
  Bytes out(1'536);
  const auto put = [&](size_t at, uint64_t value, size_t count) { PutAt(out, at, value, count); };
  put(0, 0x5A4D, 2);
  put(0x3C, 0x80, 4);
  put(0x80, 0x4550, 4);
  put(0x86, 1, 2);     // sections
  put(0x94, 0xF0, 2);  // bytes of the optional header
  put(0x188 + 16, 512, 4);
  put(0x188 + 20, 1'024, 4);
  for (size_t i = 1'024; i < out.size(); ++i) out[i] = static_cast<uint8_t>(i * 7);
  return out;
}
Bytes Elf() {
  Bytes out(2'000);
  const auto put = [&](size_t at, uint64_t value, size_t count) { PutAt(out, at, value, count); };
  put(0, 0x464C457F, 4);
  put(4, 0x010102, 3);
  put(0x20, 64, 8);  // segments, and one of them
  put(0x36, 56, 2);
  put(0x38, 1, 2);
  put(64 + 8, 120, 8);
  put(64 + 32, 1'880, 8);
  for (size_t i = 120; i < out.size(); ++i) out[i] = static_cast<uint8_t>(i * 5);
  return out;
}

TEST(Behind, AnArchiveBehindAProgramIsFoundWhereItBegins) {
  const Bytes zip = drawing::MakeZip({{"a", ToBytes("a")}, {"b", ToBytes("b")}});
  const Bytes seven = drawing::MakeSevenZip({{"a", ToBytes("a")}});
  const Bytes rar = testing::MakeRar({{"a", ToBytes("a")}});
  const Bytes settings = ToBytes(";!@Install@!UTF-8!\nTitle=\"x\"\n;!@InstallEnd@!");
  for (const Bytes& program : {PortableExecutable(), Elf()}) {
    const Kind kind = DetectKind(program);
    ASSERT_TRUE(IsProgram(kind));
    EXPECT_EQ(Examine(program).behind_at, 0U);
    EXPECT_EQ(Examine(Joined({program, Noise(5'000, 1)})).behind_at, 0U);
    for (const Bytes& archive : {zip, seven, rar}) {
      const FileFacts facts = Examine(Joined({program, archive}));
      EXPECT_EQ(facts.kind, kind);
      EXPECT_EQ(facts.state, State::kUnsupportedKind);
      EXPECT_EQ(facts.behind_at, program.size()) << MimeType(DetectKind(archive)) << " behind " << MimeType(kind);
      EXPECT_EQ(Examine(Joined({program, settings, archive})).behind_at, program.size() + settings.size());
    }
    // A mark alone is no archive.
    EXPECT_EQ(Examine(Joined({program, settings, ToBytes("7z\xBC\xAF\x27\x1C"), Noise(100, 2)})).behind_at, 0U);
    for (size_t cut = 0; cut < program.size(); cut += 7)
      EXPECT_EQ(FindBehindProgram(kind, Cut(program, cut)), std::nullopt) << cut;
  }
}

TEST(Behind, WhatHangsBehindAFilmOrAHeicIsFoundWhereItBegins) {
  const std::vector<drawing::Picture> frames(4, drawing::DrawScene(1, 64, 48));
  const Bytes film = testing::EncodeVideo(frames, {.frames_per_second = 2});
  const Bytes zip = drawing::MakeZip({{"hidden", ToBytes("x")}});
  const Bytes jpeg = drawing::EncodeJpeg(frames[0]);
  std::vector<Bytes> all{film, drawing::EncodeHeif(frames[0]),
                         testing::EncodeVideo(frames, {.container = "avi", .codec = "mpeg4", .frames_per_second = 2}),
                         testing::EncodeVideo(frames, {.container = "mov", .frames_per_second = 2}),
                         testing::EncodeVideo(frames, {.container = "matroska", .frames_per_second = 2})};
  for (const Bytes& first : all) {
    const FileFacts alone = Examine(first);
    ASSERT_EQ(alone.state, State::kExamined) << MimeType(alone.kind);
    EXPECT_EQ(alone.behind_at, 0U) << MimeType(alone.kind);
    for (const Bytes& behind : {zip, jpeg, film}) {
      const FileFacts facts = Examine(Joined({first, behind}));
      EXPECT_EQ(facts.behind_at, first.size()) << MimeType(DetectKind(behind)) << " behind " << MimeType(facts.kind);
      EXPECT_EQ(facts.video_frames, alone.video_frames) << MimeType(facts.kind);
      EXPECT_EQ(facts.pdq, alone.pdq) << MimeType(facts.kind);
    }
    EXPECT_EQ(Examine(Joined({first, ToBytes("of no kind")})).behind_at, 0U) << MimeType(alone.kind);
    for (size_t cut = 16; cut < first.size(); cut += 1 + first.size() / 40)
      EXPECT_EQ(FindBehindContainer(alone.kind, *std::make_unique<FileBytes>(ByteView(first).first(cut))), std::nullopt)
          << MimeType(alone.kind) << cut;
  }
  // As some telephones keep the film of a HEIC: in a box of its own.
  const Bytes heic = drawing::EncodeHeif(frames[0]);
  const size_t length = 8 + film.size();
  const Bytes box{static_cast<uint8_t>(length >> 24),
                  static_cast<uint8_t>(length >> 16),
                  static_cast<uint8_t>(length >> 8),
                  static_cast<uint8_t>(length),
                  'm',
                  'p',
                  'v',
                  'd'};
  EXPECT_EQ(Examine(Joined({heic, box, film})).behind_at, heic.size() + 8);
}

// Programs that make such files may count from the beginning of the whole.
TEST(Behind, AZipIsFoundByItsEndHoweverItCounts) {
  const Bytes zip = drawing::MakeZip({{"a", ToBytes("a")}, {"b", Noise(3'000, 3)}});
  const Bytes before = Noise(2'345, 4);
  Bytes adjusted = Joined({before, zip});
  const auto raise = [&](size_t at) {
    uint64_t value = 0;
    for (size_t i = 4; i-- > 0;) value = value << 8 | adjusted[at + i];
    value += before.size();
    for (size_t i = 0; i < 4; ++i) adjusted[at + i] = static_cast<uint8_t>(value >> (8 * i));
  };
  for (size_t at = Find(adjusted, "PK\x01\x02"); at != std::string_view::npos;
       at = Find(adjusted, "PK\x01\x02", at + 1))
    raise(at + 42);
  raise(Find(adjusted, "PK\x05\x06") + 16);
  for (const Bytes& file : {Joined({before, zip}), adjusted}) {
    FileBytes whole{ByteView(file)};
    FileBytes windows(file.size(), [&](uint64_t offset, uint64_t length) {
      return ByteView(file).subspan(static_cast<size_t>(offset), static_cast<size_t>(length));
    });
    for (FileBytes* const bytes : {&whole, &windows}) {
      const auto found = FindZip(*bytes);
      ASSERT_TRUE(found.has_value());
      EXPECT_EQ(found->begin, before.size());
      EXPECT_EQ(found->end, file.size());
    }
  }
  // Damage is an end nowhere outside of the bytes.
  std::mt19937 random(5);
  for (int i = 0; i < 2'000; ++i) {
    Bytes damaged = adjusted;
    for (int k = 0; k < 4; ++k) damaged[damaged.size() - 1 - random() % 150] = static_cast<uint8_t>(random());
    FileBytes file{ByteView(damaged)};
    const auto found = FindZip(file);
    EXPECT_LT(found ? found->begin : 0, damaged.size());
  }
}

TEST(Behind, TextBetweenAPictureAndAZipHidesNothing) {
  const Bytes zip = drawing::MakeZip({{"a", ToBytes("a")}});
  const Bytes note = ToBytes("the password is swordfish\n");
  for (const Bytes& picture :
       {drawing::EncodeJpeg(drawing::DrawScene(1, 64, 48)), drawing::EncodePng(drawing::DrawScene(1, 64, 48))})
    EXPECT_EQ(Examine(Joined({picture, note, zip})).behind_at, picture.size() + note.size());
}

TEST(Behind, APdfStaysWholeWhateverHangsBehindIt) {
  const Bytes shown = drawing::EncodeJpeg(drawing::DrawScene(1, 64, 48));
  const Bytes pdf = drawing::MakePdf({shown});
  const Bytes hidden = drawing::EncodeJpeg(drawing::DrawScene(2, 640, 480), {.quality = 95});
  ASSERT_GT(hidden.size(), 4'096U);
  const Bytes zip = drawing::MakeZip({{"other.pdf", drawing::MakePdf({hidden})}}, true);  // with an end inside
  for (const Bytes& behind : {hidden, zip}) {
    const Bytes file = Joined({pdf, behind});
    const FileFacts facts = Examine(file);
    EXPECT_EQ(facts.state, State::kExamined) << Name(facts.reason);
    const auto members = Unpack(file);
    ASSERT_EQ(members.size(), 2U);
    EXPECT_EQ(members[0].bytes, shown);
    EXPECT_EQ(members[1].name, "behind the end of the document");
    EXPECT_EQ(members[1].bytes, behind);
  }
  EXPECT_EQ(Examine(Cut(pdf, pdf.size() - 30)).state, State::kTruncated);
}

}  // namespace
}  // namespace crossguard::examine
