#include "simulate/plan_files.h"

#include <algorithm>
#include <array>

#include "simulate/words.h"

namespace crossguard::simulate {

void FilePlanner::MakeFiles(int64_t count) {
  std::vector<size_t> owners;  // a report each, drawn with long tails
  while (count > 0) {
    const size_t at = Below(block_.reports.size());
    const int64_t several = std::min<int64_t>(count, 1 + static_cast<int64_t>(Below(Chance(0.06) ? 24 : 4)));
    for (int64_t i = 0; i < several; ++i) MakeFile(block_.reports[at], nullptr);
    count -= several;
  }
}

void FilePlanner::MakeVideos(double byte_count) {
  double camera = byte_count * kCameraPart, clips = byte_count - camera;
  while (const auto video = videos_.Camera(camera)) {
    camera -= BytesOf(*video);
    MakeFile(AnyReport(), &*video);
  }
  while (clips > 0) {
    const PlannedContent clip = videos_.Clip();
    const double cost = BytesOf(clip);
    if (cost <= clips || Chance(clips / cost)) MakeFile(AnyReport(), &clip);
    clips -= cost;
  }
}

PlannedReport& FilePlanner::AnyReport() {
  PlannedReport& report = block_.reports[Below(block_.reports.size())];
  return report.batched ? block_.reports.front() : report;
}

void FilePlanner::MakeFile(PlannedReport& report, const PlannedContent* video) {
  const Mention& mention = report.mentions[report.batched ? Below(report.mentions.size()) : 0];
  const Person& person = PersonOf(mention.account);
  PlannedFile file;
  const std::string nth = std::to_string(report.files.size() + 1);
  file.id = std::to_string(report.id) + "f" + std::string(3 - std::min<size_t>(3, nth.size()), '0') + nth;
  file.account = mention.account;
  file.content = video != nullptr ? Harmed(*video) : AnyContent(person, report.batched);
  DressFile(file, report, random_);
  report.files.push_back(std::move(file));
}

const Person& FilePlanner::PersonOf(size_t account) const {
  for (const Person& person : people_) {
    if (person.number == block_.accounts[account].person) return person;
  }
  return people_.front();
}

PlannedContent FilePlanner::AnyContent(const Person& person, bool batched) {
  const double roll = random_.Unit();
  if (!batched && roll < 0.02) {
    return {.form = Form::kOther, .variant = random_.Next()};
  }
  if (!batched && roll < 0.035) {
    static constexpr std::array<Form, 12> kForms{Form::kZip,      Form::kZip,  Form::kZip,  Form::kTarGz,
                                                 Form::kMail,     Form::kMail, Form::kPdf,  Form::kPdf,
                                                 Form::kSevenZip, Form::kIso,  Form::kDocx, Form::kOdt};
    PlannedContent archive = Filled(kForms[Below(kForms.size())], person);
    // An archive in an archive, or with a mail.
    const bool of_files = archive.form != Form::kPdf && archive.form != Form::kDocx && archive.form != Form::kOdt;
    if (of_files && Chance(0.3)) archive.members.push_back(Filled(Form::kZip, person));
    return archive;
  }
  if (!batched && roll < 0.06) return videos_.Still();
  return Harmed(APicture(person, batched));
}

PlannedContent FilePlanner::Filled(Form form, const Person& person) {
  PlannedContent out{.form = form, .variant = random_.Next()};
  const uint64_t count = 2 + Below(3);
  for (uint64_t i = 0; i < count; ++i) {
    PlannedContent picture = APicture(person, false);
    if (form == Form::kPdf && picture.form != Form::kJpeg) {  // it holds no others as they are
      picture.form = Form::kJpeg;
      picture.edit = Edit::kReencode;
      picture.quality = 66;
      picture.camera = 0;
    }
    out.members.push_back(std::move(picture));
  }
  return out;
}

PlannedContent FilePlanner::Harmed(PlannedContent out) {
  const double harm = random_.Unit() * (out.video ? 0.4 : 1);  // videos are few
  if (harm < 0.005)
    out.damage = Damage::kEmpty;
  else if (harm < 0.015)
    out.damage = Damage::kTruncated;
  else if (harm < 0.023)
    out.damage = Damage::kCorrupt;
  else if (harm < 0.033)
    out.damage = Damage::kMislabelled;
  return out;
}

PlannedContent FilePlanner::APicture(const Person& person, bool popular) {
  if (popular || Chance(0.38)) {
    const double u = random_.Unit();
    const uint64_t rank = static_cast<uint64_t>(static_cast<double>(plan_.popular_count) * u * u * u);
    return Vary(OriginalOf(plan_, PopularBase(plan_, rank)), random_);
  }
  if (!own_bases_.empty() && Chance(0.25))
    return Vary(OriginalOf(plan_, own_bases_[own_bases_.size() - 1 - Below(std::min<size_t>(own_bases_.size(), 12))]),
                random_);
  const uint64_t base =
      Mix(Mix(plan_.seed, static_cast<uint64_t>(person.number)), 1'000 + own_bases_.size()) & ~(uint64_t{3} << 62U);
  own_bases_.push_back(base);
  PlannedContent out = OriginalOf(plan_, base);
  return StandingOf(base) == Standing::kUnknown ? TakenBy(out, person.camera) : out;
}

}  // namespace crossguard::simulate
