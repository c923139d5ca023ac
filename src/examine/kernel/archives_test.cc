// Archives beyond ZIP, e-mail, PDF and office files.
#include <gtest/gtest.h>
#include <locale.h>

#include <algorithm>
#include <random>

#include "drawing/drawing.h"
#include "examine/kernel/archive.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/kind.h"
#include "examine/kernel/parts.h"
#include "examine/kernel/testing_kinds.h"
#include "examine/kernel/testing_support.h"

namespace crossguard::examine {
namespace {

using testing::Noise;
using testing::Packing;
using testing::Unpack;
using testing::Unpacked;

// As the examiner does before its jail closes: names in archives are UTF-8.
const bool kUtf8 = setlocale(LC_ALL, "C.UTF-8") != nullptr;

FileFacts Examine(const Bytes& bytes, const Limits& limits = {}) {
  return ExamineBytes(bytes, bytes.size(), 0, limits);
}

const std::vector<std::pair<Packing, Kind>> kPackings{
    {Packing::kZip, Kind::kZip},     {Packing::kSevenZip, Kind::kSevenZip}, {Packing::kTar, Kind::kTar},
    {Packing::kTarGz, Kind::kGzip},  {Packing::kTarXz, Kind::kXz},          {Packing::kTarZst, Kind::kZstd},
    {Packing::kTarBz2, Kind::kBzip2}};

TEST(Archives, WhatWasPackedComesOutOfEveryFormat) {
  ASSERT_TRUE(kUtf8);
  const std::vector<std::pair<std::string, Bytes>> members{
      {"one.txt", ToBytes("1")}, {"dir/caf\xC3\xA9.bin", Noise(200'000, 1)}, {"empty", {}}};
  for (const auto& [packing, kind] : kPackings) {
    const Bytes archive = testing::MakeArchive(packing, members);
    const FileFacts facts = Examine(archive);
    EXPECT_EQ(facts.kind, kind) << MimeType(facts.kind);
    EXPECT_EQ(facts.state, State::kExamined) << MimeType(kind) << Name(facts.reason);
    auto sorted = Unpack(archive).members;  // 7z puts empty files last
    std::ranges::sort(sorted);
    auto expected = members;
    std::ranges::sort(expected);
    EXPECT_EQ(sorted, expected) << MimeType(kind);
  }
  const Bytes rar = testing::MakeRar(members);
  EXPECT_EQ(Examine(rar).kind, Kind::kRar);
  EXPECT_EQ(Examine(rar).state, State::kExamined) << Name(Examine(rar).reason);
  const auto from_rar = Unpack(rar).members;
  ASSERT_EQ(from_rar.size(), 3U);
  EXPECT_EQ(from_rar[1].second, members[1].second);
  const Bytes iso = testing::MakeArchive(Packing::kIso, {{"ONE.TXT", ToBytes("1")}, {"TWO.BIN", Noise(5000, 2)}});
  EXPECT_EQ(Examine(iso).kind, Kind::kIso);
  EXPECT_EQ(Examine(iso).state, State::kExamined);
  size_t found = 0;
  for (const auto& [name, bytes] : Unpack(iso).members) found += bytes == Noise(5000, 2) ? 1U : 0U;
  EXPECT_EQ(found, 1U);
}

TEST(Archives, ASingleCompressedFileIsOneMember) {
  const Bytes content = Noise(100'000, 3);
  for (const std::string filter : {"gzip", "xz", "zstd", "bzip2"}) {
    const Bytes packed = testing::Compress(filter, content);
    const FileFacts facts = Examine(packed);
    EXPECT_EQ(facts.state, State::kExamined) << filter << Name(facts.reason);
    ASSERT_EQ(facts.members.size(), 1U) << filter;
    EXPECT_EQ(facts.members[0].size_bytes, content.size()) << filter;
    ASSERT_EQ(Unpack(packed).members.size(), 1U) << filter;
    EXPECT_EQ(Unpack(packed).members[0].second, content) << filter;
  }
}

TEST(Archives, BombsOfEveryFormatAreNamedWhenListed) {
  const Bytes zeros(50 << 20);
  for (const std::string filter : {"gzip", "xz", "zstd", "bzip2"}) {
    const FileFacts facts = Examine(testing::Compress(filter, zeros));
    EXPECT_EQ(facts.state, State::kLimitExceeded) << filter;
    EXPECT_EQ(facts.reason, Reason::kRatioLimit) << filter;
  }
  for (const Packing packing : {Packing::kZip, Packing::kSevenZip, Packing::kTarGz, Packing::kTarZst}) {
    const Bytes bomb = testing::MakeArchive(packing, {{"zeros", zeros}});
    EXPECT_EQ(Examine(bomb).reason, Reason::kRatioLimit) << static_cast<int>(packing);
    const Unpacked out = Unpack(bomb);
    ASSERT_EQ(out.verdicts.size(), 1U);
    EXPECT_EQ(out.verdicts[0].reason, Reason::kRatioLimit);
  }
}

TEST(Archives, LimitsOfEntriesAndDepthHoldInEveryFormat) {
  std::vector<std::pair<std::string, Bytes>> many;
  for (int i = 0; i < 60; ++i) many.emplace_back("m" + std::to_string(i), ToBytes("x"));
  Limits limits;
  limits.entries_max = 50;
  for (const auto& [packing, kind] : kPackings) {
    const Bytes archive = testing::MakeArchive(packing, many);
    const FileFacts facts = Examine(archive, limits);
    EXPECT_EQ(facts.reason, Reason::kEntryLimit) << MimeType(kind);
    EXPECT_EQ(facts.members.size(), 50U) << MimeType(kind);
    EXPECT_EQ(ExamineBytes(archive, archive.size(), 5, Limits{}).reason, Reason::kNestingLimit) << MimeType(kind);
  }
}

TEST(Archives, EncryptedOnesAreNamedAsSuch) {
  const Bytes rar = testing::MakeRar({{"secret.jpg", Noise(500, 4)}}, true);
  const FileFacts facts = Examine(rar);
  EXPECT_EQ(facts.kind, Kind::kRar);
  EXPECT_EQ(facts.state, State::kUndecodable);
  EXPECT_EQ(facts.reason, Reason::kEncrypted);
  Bytes zip = drawing::MakeZip({{"secret", ToBytes("abcdefghijklmnop")}}, true);
  for (size_t i = 0; i + 10 < zip.size(); ++i) {
    if (zip[i] == 'P' && zip[i + 1] == 'K' && zip[i + 2] == 3 && zip[i + 3] == 4) zip[i + 6] |= 1;
    if (zip[i] == 'P' && zip[i + 1] == 'K' && zip[i + 2] == 1 && zip[i + 3] == 2) zip[i + 8] |= 1;
  }
  EXPECT_EQ(Examine(zip).reason, Reason::kEncrypted);
  EXPECT_EQ(Examine(zip).members.size(), 1U);
}

TEST(Archives, ACutOrDamagedArchiveSaysSoAndGivesWhatIsThere) {
  const std::vector<std::pair<std::string, Bytes>> members{{"a", Noise(30'000, 5)}, {"b", Noise(30'000, 6)}};
  for (const auto& [packing, kind] : kPackings) {
    const Bytes whole = testing::MakeArchive(packing, members);
    const Bytes cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(whole.size() * 3 / 4));
    const FileFacts facts = Examine(cut);
    EXPECT_NE(facts.state, State::kExamined) << MimeType(kind);
    EXPECT_EQ(facts.kind, kind);
  }
}

const Bytes kJpegLike = [] {
  Bytes out = Noise(3000, 7);
  out[0] = 0xFF, out[1] = 0xD8, out[2] = 0xFF;
  return out;
}();

std::string Mail() {
  return "From: a@example.org\r\nTo: b@example.org\r\nSubject: =?utf-8?B?w7xiZXI=?=\r\nMIME-Version: 1.0\r\n"
         "Content-Type: multipart/mixed;\r\n boundary=\"=-outer\"\r\n\r\npreamble\r\n"
         "--=-outer\r\nContent-Type: multipart/alternative; boundary=inner\r\n\r\n"
         "--inner\r\nContent-Type: text/plain\r\n\r\nhello\r\n--inner--\r\n"
         "--=-outer\r\nContent-Type: image/jpeg; name=\"one.jpg\"\r\nContent-Transfer-Encoding: base64\r\n"
         "Content-Disposition: attachment; filename=\"=?utf-8?Q?caf=C3=A9.jpg?=\"\r\n\r\n" +
         ToBase64(kJpegLike) +
         "\r\n--=-outer\r\nContent-Type: application/octet-stream\r\n"
         "Content-Disposition: attachment; filename*=utf-8''..%2Fup.bin\r\nContent-Transfer-Encoding: "
         "quoted-printable\r\n\r\n"
         "a=3Db=\r\nc\r\n--=-outer\r\nContent-Type: message/rfc822\r\n\r\nFrom: c@example.org\r\nDate: "
         "today\r\n\r\nhi\r\n"
         "--=-outer--\r\n";
}

TEST(Mail, AttachmentsAreMembersWithTheirNamesAndBytes) {
  const Bytes mail = ToBytes(Mail());
  const FileFacts facts = Examine(mail);
  EXPECT_EQ(facts.kind, Kind::kMail);
  EXPECT_EQ(facts.state, State::kExamined) << Name(facts.reason);
  ASSERT_EQ(facts.members.size(), 3U);
  EXPECT_EQ(facts.members[1].name, "../up.bin");
  EXPECT_TRUE(facts.members[1].name_escapes);
  const auto members = Unpack(mail).members;
  ASSERT_EQ(members.size(), 3U);
  EXPECT_EQ(members[0].first, "caf\xC3\xA9.jpg");
  EXPECT_EQ(members[0].second, kJpegLike);
  EXPECT_EQ(members[1].second, ToBytes("a=bc"));
  EXPECT_EQ(DetectKind(members[2].second), Kind::kMail);
}

TEST(Mail, AMailboxIsAnArchiveOfItsMessages) {
  const Bytes mbox =
      ToBytes("From a@example.org Sun Jul  4 18:22:31 2021\n" + Mail() +
              "\nFrom b@example.org Sun Jul  4 18:22:32 2021\nFrom: b@example.org\nDate: x\n\nFrom here on\n>From\n");
  const FileFacts facts = Examine(mbox);
  EXPECT_EQ(facts.kind, Kind::kMbox);
  EXPECT_EQ(facts.state, State::kExamined);
  const auto members = Unpack(mbox).members;
  ASSERT_EQ(members.size(), 2U);
  EXPECT_EQ(Examine(members[0].second).members.size(), 3U);
  EXPECT_EQ(members[1].second, ToBytes("From: b@example.org\nDate: x\n\nFrom here on\n>From\n"));
}

// The same places whatever part of the file is at hand at a time; a From line that is not behind an empty one is text.
TEST(Mail, AMailboxIsCutWhereItsFromLinesStandHoweverItIsRead) {
  const std::string from = "From a@example.org Sun Jul  4 18:22:31 2021\n";
  const std::string long_line(70'000, 'x');
  const std::string mbox = from + "\n" + from + "one\n\r\n" + from + long_line + "\n" + from + long_line + "\n\n" +
                           "From here on\n\n" + from + "two\n\n" + from.substr(0, from.size() - 1);
  const Bytes bytes = ToBytes(mbox);
  // 1: the empty line; 2: "one" and an empty line; 3: all to "two"; 4: "two"; the last From line has nothing behind it.
  const std::vector<std::string> expected{"\n", "one\n\r\n",
                                          long_line + "\n" + from + long_line + "\n\nFrom here on\n\n", "two\n\n"};
  FileBytes whole{ByteView(bytes)};
  FileBytes windows(bytes.size(), [&](uint64_t offset, uint64_t length) {
    return ByteView(bytes).subspan(static_cast<size_t>(offset), static_cast<size_t>(length));
  });
  for (FileBytes* const file : {&whole, &windows}) {
    std::vector<std::string> found;
    for (const MailboxPart& part : FindMboxParts(*file, Limits{}).parts)
      found.push_back(mbox.substr(part.begin, part.end - part.begin));
    EXPECT_TRUE(found == expected);
  }
  Limits few;
  few.entries_max = 2;
  const MailboxParts cut = FindMboxParts(whole, few);
  EXPECT_EQ(cut.parts.size(), 2U);
  EXPECT_EQ(cut.verdict.reason, Reason::kEntryLimit);
}

TEST(Mail, ACutMessageSaysSoAndDeepOnesAreALimit) {
  const std::string mail = Mail();
  const FileFacts cut = Examine(ToBytes(mail.substr(0, mail.size() / 2)));
  EXPECT_EQ(cut.state, State::kTruncated);
  EXPECT_EQ(cut.members.size(), 1U);
  std::string deep = "From: a@example.org\nDate: x\n";
  for (int i = 0; i < 50; ++i) {
    const std::string mark = "b" + std::to_string(i);
    deep += "Content-Type: multipart/mixed; boundary=" + mark + "\n\n--" + mark + "\n";
  }
  EXPECT_EQ(Examine(ToBytes(deep)).reason, Reason::kNestingLimit);
  EXPECT_EQ(DetectKind(AsBytes("From: the start\nthis is a letter to no one\n")), Kind::kText);
}

TEST(Pdf, JpegStreamsAreMembersWhateverTheirLengthSays) {
  const auto object = [](const std::string& length, const Bytes& stream) {
    Bytes out = ToBytes("1 0 obj\n<< /Subtype /Image /Filter /DCTDecode /Length " + length + " >>\nstream\r\n");
    out.insert(out.end(), stream.begin(), stream.end());
    const Bytes end = ToBytes("\nendstream\nendobj\n");
    out.insert(out.end(), end.begin(), end.end());
    return out;
  };
  Bytes pdf = ToBytes("%PDF-1.7\n");
  for (const std::string& length : {std::to_string(kJpegLike.size()), std::string("9 0 R"), std::string("999999")}) {
    const Bytes one = object(length, kJpegLike);
    pdf.insert(pdf.end(), one.begin(), one.end());
  }
  const Bytes text = object("5", ToBytes("BT ET"));
  pdf.insert(pdf.end(), text.begin(), text.end());
  const FileFacts unfinished = Examine(pdf);
  EXPECT_EQ(unfinished.state, State::kTruncated);
  const Bytes end = ToBytes("trailer << >>\n%%EOF\n");
  pdf.insert(pdf.end(), end.begin(), end.end());
  const FileFacts facts = Examine(pdf);
  EXPECT_EQ(facts.kind, Kind::kPdf);
  EXPECT_EQ(facts.state, State::kExamined);
  const auto members = Unpack(pdf).members;
  ASSERT_EQ(members.size(), 3U);
  for (const auto& [name, bytes] : members) EXPECT_EQ(bytes, kJpegLike) << name;
  EXPECT_EQ(Examine(ToBytes("%PDF-1.7\ntrailer << /Encrypt 5 0 R >>\n%%EOF\n")).reason, Reason::kEncrypted);
}

TEST(Office, DocumentsAreNamedAndTheirPicturesAreMembers) {
  const Bytes picture = drawing::EncodeJpeg(drawing::DrawScene(1, 64, 64));
  for (const auto& [part, kind] : {std::pair{"word/document.xml", Kind::kDocx},
                                   {"xl/workbook.xml", Kind::kXlsx},
                                   {"ppt/presentation.xml", Kind::kPptx}}) {
    const Bytes office = drawing::MakeZip(
        {{"[Content_Types].xml", ToBytes("<Types/>")}, {part, ToBytes("<x/>")}, {"docProps/thumbnail.jpeg", picture}});
    const FileFacts facts = Examine(office);
    EXPECT_EQ(facts.kind, kind) << part;
    EXPECT_EQ(facts.state, State::kExamined);
    EXPECT_EQ(Unpack(office).members.back().second, picture);
  }
  const Bytes odt = drawing::MakeZip(
      {{"mimetype", ToBytes("application/vnd.oasis.opendocument.text")}, {"Pictures/1.jpg", picture}}, true);
  EXPECT_EQ(Examine(odt).state, State::kExamined);
  EXPECT_EQ(Examine(odt).members.size(), 2U);
}

TEST(Archives, MutatedFilesEndInAStateWithinTheLimits) {
  std::mt19937_64 random(9);
  std::vector<Bytes> wholes{testing::MakeRar({{"a", Noise(300, 1)}, {"b", ToBytes("b")}}), ToBytes(Mail()),
                            testing::MakeArchive(Packing::kIso, {{"A", ToBytes("a")}})};
  for (const auto& [packing, kind] : kPackings) wholes.push_back(testing::MakeArchive(packing, {{"a", Noise(300, 2)}}));
  Limits limits;
  limits.total_bytes_max = 4 << 20;
  for (const Bytes& whole : wholes) {
    for (int i = 0; i < 100; ++i) {
      Bytes mutant = whole;
      for (size_t edits = 1 + random() % 5; edits > 0; --edits)
        mutant[random() % mutant.size()] = static_cast<uint8_t>(random());
      if (random() % 4 == 0) mutant.resize(random() % mutant.size());
      EXPECT_FALSE(Name(Examine(mutant, limits).state).empty());
      uint64_t total = 0;
      for (const auto& [name, bytes] : Unpack(mutant, limits).members) total += bytes.size();
      EXPECT_LE(total, limits.total_bytes_max);
    }
  }
}

}  // namespace
}  // namespace crossguard::examine
