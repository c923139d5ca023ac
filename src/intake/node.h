// One record as a small tree, whatever its syntax: XML elements, or JSON members (an array is its elements, each under
// the array's name). A reader takes what it knows; what nobody took is kept as unknown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "intake/records.h"

namespace crossguard::intake {

struct Attribute {
  std::string name;
  std::string value;
  bool taken = false;
};

struct Node {
  std::string name;
  std::string text;
  std::vector<Attribute> attributes;
  std::vector<Node> children;
  std::string place;       // set by SetPlaces
  bool taken = false;      // somebody knew the name
  bool text_read = false;  // somebody read the text; a name that is known does not make a text read

  // The first child of that name, marked as taken; nullptr if there is none.
  Node* Take(std::string_view child);
  std::vector<Node*> TakeAll(std::string_view child);
  std::string TakeText(std::string_view child);          // trimmed; "" if absent
  std::optional<bool> TakeFlag(std::string_view child);  // what is no yes or no stays unknown
  std::string TakeAttribute(std::string_view attribute);
  std::optional<bool> TakeAttributeFlag(std::string_view attribute);
  std::string Trimmed();                                // the text, from now on read
  std::string_view Peek(std::string_view child) const;  // the first such text, trimmed; takes nothing
  bool HasText(std::string_view child) const { return !Peek(child).empty(); }
  bool HasChild(std::string_view child) const;  // that nobody took yet
};

bool SaysNo(const Node& node);                           // its text is a plain no
std::optional<bool> ReadFlag(std::string_view text);     // true/false, yes/no, 1/0, in any case
std::optional<int64_t> ReadPort(std::string_view text);  // 1..65535

// place of every node below: "<prefix>/name", with [n] where siblings share the name.
void SetPlaces(Node& node, std::string prefix);
// Everything below that was not taken.
void CollectUnknown(const Node& node, const std::string& path, std::vector<UnknownField>& out);

// The vocabulary of the report XML (domain: ispws) and of the police-side JSON. place: "record 3".
ReportRecord ReportFromXml(Node& node, const std::string& place);
FileRecord FileFromXml(Node& node, const std::string& place);
ReportRecord ReportFromJson(Node& node, const std::string& place);

// Used by both vocabularies.
SelectorRecord MakeSelector(SelectorType type, std::string raw, std::string place);
void AddValue(AccountRecord& account, std::string field, std::string value, std::string place);
void AddText(std::string& to, const std::string& text);  // on a line of its own; nothing if empty
// A name, and not the boilerplate that some put in its place: one line of at most 200 bytes.
bool IsName(std::string_view text);
bool SameWord(std::string_view a, std::string_view b);  // letters and digits alone, in any case
// A flag by the vocabulary's own spelling ("minor_to_minor_interaction" -> "minorToMinorInteraction"); else as it is.
std::string AnnotationName(std::string_view text);

}  // namespace crossguard::intake
