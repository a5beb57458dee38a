package x12

// Names of findings. A caller that remembers control numbers may add
// [InterchangeDuplicate] itself.
const (
	InterchangeTrailerMissing  FindingName = "interchange_trailer_missing"
	InterchangeControlMismatch FindingName = "interchange_control_mismatch"
	InterchangeControlInvalid  FindingName = "interchange_control_invalid"
	InterchangeGroupCount      FindingName = "interchange_group_count"
	InterchangeDuplicate       FindingName = "interchange_duplicate"
	InterchangeVersion         FindingName = "interchange_version"
	InterchangeWidth           FindingName = "interchange_width"
	InterchangeEmpty           FindingName = "interchange_empty"
	InterchangeDate            FindingName = "interchange_date"
	InterchangeTime            FindingName = "interchange_time"
	InterchangeAuthorization   FindingName = "interchange_authorization_qualifier"
	InterchangeSecurity        FindingName = "interchange_security_qualifier"
	InterchangeSender          FindingName = "interchange_sender_qualifier"
	InterchangeReceiver        FindingName = "interchange_receiver_qualifier"
	InterchangeAckFlag         FindingName = "interchange_ack_flag"
	InterchangeUsage           FindingName = "interchange_usage"
	InterchangeRepetition      FindingName = "interchange_repetition"
	SegmentOutsideGroup        FindingName = "segment_outside_group"

	GroupTrailerMissing   FindingName = "group_trailer_missing"
	GroupControlMismatch  FindingName = "group_control_mismatch"
	GroupControlInvalid   FindingName = "group_control_invalid"
	GroupControlNotUnique FindingName = "group_control_not_unique"
	GroupSetCount         FindingName = "group_set_count"
	GroupFunction         FindingName = "group_function"
	GroupVersion          FindingName = "group_version"
	GroupElement          FindingName = "group_element"
	GroupSetGuidesDiffer  FindingName = "group_set_guides_differ"
	GroupEmpty            FindingName = "group_empty"
	SegmentOutsideSet     FindingName = "segment_outside_set"
	SetTrailerMissing     FindingName = "set_trailer_missing"
	SetControlMismatch    FindingName = "set_control_mismatch"
	SetControlInvalid     FindingName = "set_control_invalid"
	SetControlNotUnique   FindingName = "set_control_not_unique"
	SetSegmentCount       FindingName = "set_segment_count"
	SetUnknown            FindingName = "set_unknown"
	SetInWrongGroup       FindingName = "set_in_wrong_group"
	SetGuideMissing       FindingName = "set_guide_missing"
	SetGuideUnknown       FindingName = "set_guide_unknown"
	SegmentUnknown        FindingName = "segment_unknown"
	SegmentUnexpected     FindingName = "segment_unexpected"
	SegmentMissing        FindingName = "segment_missing"
	SegmentMissingByGuide FindingName = "segment_missing_by_guide"
	SegmentTooOften       FindingName = "segment_too_often"
	SegmentOutOfOrder     FindingName = "segment_out_of_order"
	SegmentNotUsed        FindingName = "segment_not_used"
	LoopMissing           FindingName = "loop_missing"
	LoopTooOften          FindingName = "loop_too_often"
	LevelNumber           FindingName = "level_number"
	LevelParent           FindingName = "level_parent"
	LevelParentKind       FindingName = "level_parent_kind"
	LevelChild            FindingName = "level_child"
	ElementMissing        FindingName = "element_missing"
	ElementConditional    FindingName = "element_conditional_missing"
	ElementExclusive      FindingName = "element_exclusive"
	ElementsTooMany       FindingName = "elements_too_many"
	ElementTooShort       FindingName = "element_too_short"
	ElementTooLong        FindingName = "element_too_long"
	ElementCharacter      FindingName = "element_character"
	ElementForeign        FindingName = "element_character_outside_ascii"
	ElementNumber         FindingName = "element_number"
	ElementDate           FindingName = "element_date"
	ElementTime           FindingName = "element_time"
	ElementRepeats        FindingName = "element_repeats"
	ElementComponents     FindingName = "element_components"
	ElementCode           FindingName = "element_code"
	ElementCodeByGuide    FindingName = "element_code_by_guide"
	ElementCodeUnusual    FindingName = "element_code_unusual"
	ElementNotUsed        FindingName = "element_not_used"
	ElementPeriodReversed FindingName = "element_period_reversed"
	ElementCheckDigit     FindingName = "element_check_digit"
	ElementPattern        FindingName = "element_pattern"
	ElementTrailing       FindingName = "element_trailing_separator"
)

// findingKind is what every finding of one name has in common.
type findingKind struct {
	code    AckCode
	words   string
	warning bool
}

func (k findingKind) severity() Severity {
	if k.warning {
		return Warning
	}
	return Error
}

var findingTable = map[FindingName]findingKind{
	InterchangeTrailerMissing:  {AckCode{InTA1, "023"}, "the interchange ends without its trailer", false},
	InterchangeControlMismatch: {AckCode{InTA1, "001"}, "the control numbers of ISA and IEA differ", false},
	InterchangeControlInvalid:  {AckCode{InTA1, "018"}, "the interchange control number is not nine digits", false},
	InterchangeGroupCount:      {AckCode{InTA1, "021"}, "the number of groups is not the one counted", false},
	InterchangeDuplicate:       {AckCode{InTA1, "025"}, "the interchange control number was used before", false},
	InterchangeVersion:         {AckCode{InTA1, "017"}, "the interchange version is not 00501", false},
	InterchangeWidth:           {AckCode{InTA1, "022"}, "an element of the interchange header has the wrong width", false},
	InterchangeEmpty:           {AckCode{InTA1, "022"}, "the interchange holds no group and no acknowledgement", false},
	InterchangeDate:            {AckCode{InTA1, "014"}, "the interchange date does not exist", false},
	InterchangeTime:            {AckCode{InTA1, "015"}, "the interchange time does not exist", false},
	InterchangeAuthorization:   {AckCode{InTA1, "010"}, "the authorization qualifier is unknown", false},
	InterchangeSecurity:        {AckCode{InTA1, "012"}, "the security qualifier is unknown", false},
	InterchangeSender:          {AckCode{InTA1, "005"}, "the sender qualifier is unknown", false},
	InterchangeReceiver:        {AckCode{InTA1, "007"}, "the receiver qualifier is unknown", false},
	InterchangeAckFlag:         {AckCode{InTA1, "019"}, "the acknowledgement flag is neither 0 nor 1", false},
	InterchangeUsage:           {AckCode{InTA1, "020"}, "the usage indicator is neither P nor T", false},
	InterchangeRepetition:      {AckCode{}, "the header declares no repetition separator", true},
	SegmentOutsideGroup:        {AckCode{InTA1, "024"}, "a segment stands outside every group", false},

	GroupTrailerMissing:   {AckCode{InGroup, "3"}, "the group ends without its trailer", false},
	GroupControlMismatch:  {AckCode{InGroup, "4"}, "the control numbers of GS and GE differ", false},
	GroupControlInvalid:   {AckCode{InGroup, "6"}, "the group control number is not one to nine digits", false},
	GroupControlNotUnique: {AckCode{InGroup, "19"}, "the group control number occurs twice in the interchange", false},
	GroupSetCount:         {AckCode{InGroup, "5"}, "the number of sets is not the one counted", false},
	GroupFunction:         {AckCode{InGroup, "1"}, "the functional identifier is unknown", false},
	GroupVersion:          {AckCode{InGroup, "2"}, "the group does not name a version of 005010", false},
	GroupElement:          {AckCode{InTA1, "024"}, "an element of the group header or trailer is wrong", false},
	GroupSetGuidesDiffer:  {AckCode{InSet, "19"}, "the guides named by the group and by the set differ", false},
	GroupEmpty:            {AckCode{InGroup, "5"}, "the group holds no set", false},
	SegmentOutsideSet:     {AckCode{InTA1, "024"}, "a segment stands outside every set", false},
	SetTrailerMissing:     {AckCode{InSet, "2"}, "the set ends without its trailer", false},
	SetControlMismatch:    {AckCode{InSet, "3"}, "the control numbers of ST and SE differ", false},
	SetControlInvalid:     {AckCode{InSet, "7"}, "the set control number is missing or not four to nine characters", false},
	SetControlNotUnique:   {AckCode{InSet, "23"}, "the set control number occurs twice in the group", false},
	SetSegmentCount:       {AckCode{InSet, "4"}, "the number of segments is not the one counted", false},
	SetUnknown:            {AckCode{InSet, "6"}, "the set identifier is missing or not three digits", false},
	SetInWrongGroup:       {AckCode{InSet, "18"}, "the set does not belong in a group of this function", false},
	SetGuideMissing:       {AckCode{InSet, "19"}, "the set names no guide", false},
	SetGuideUnknown:       {AckCode{InSet, "I6"}, "the guide is not one this reader holds; the set was not checked against it", true},

	SegmentUnknown:        {AckCode{InSegment, "1"}, "the segment ID is not one of the standard", false},
	SegmentUnexpected:     {AckCode{InSegment, "2"}, "the segment is not expected here", false},
	SegmentMissing:        {AckCode{InSegment, "3"}, "a mandatory segment is missing", false},
	SegmentMissingByGuide: {AckCode{InSegment, "I8"}, "a segment the guide requires is missing", false},
	SegmentTooOften:       {AckCode{InSegment, "5"}, "the segment occurs more often than allowed", false},
	SegmentOutOfOrder:     {AckCode{InSegment, "7"}, "the segment is out of order", false},
	SegmentNotUsed:        {AckCode{InSegment, "I4"}, "the guide does not use this segment", false},
	LoopMissing:           {AckCode{InSegment, "I7"}, "a loop the guide requires is missing", false},
	LoopTooOften:          {AckCode{InSegment, "4"}, "the loop occurs more often than allowed", false},

	LevelNumber:           {AckCode{InElement, "7"}, "the level is not numbered in sequence", false},
	LevelParent:           {AckCode{InElement, "7"}, "the level names no earlier level as its parent", false},
	LevelParentKind:       {AckCode{InElement, "I12"}, "the level stands under a level of the wrong kind", false},
	LevelChild:            {AckCode{InElement, "I12"}, "the child code does not say whether levels follow", true},
	ElementMissing:        {AckCode{InElement, "1"}, "a required element is missing", false},
	ElementConditional:    {AckCode{InElement, "2"}, "an element that others require is missing", false},
	ElementExclusive:      {AckCode{InElement, "10"}, "elements that exclude each other are both present", false},
	ElementsTooMany:       {AckCode{InElement, "3"}, "the segment has too many elements", false},
	ElementTooShort:       {AckCode{InElement, "4"}, "the element is too short", false},
	ElementTooLong:        {AckCode{InElement, "5"}, "the element is too long", false},
	ElementCharacter:      {AckCode{InElement, "6"}, "the element holds a character that is not allowed", false},
	ElementForeign:        {AckCode{InElement, "6"}, "the element holds a character outside ASCII", true},
	ElementNumber:         {AckCode{InElement, "6"}, "the element is not a number", false},
	ElementDate:           {AckCode{InElement, "8"}, "the date does not exist or has another form", false},
	ElementTime:           {AckCode{InElement, "9"}, "the time does not exist or has another form", false},
	ElementRepeats:        {AckCode{InElement, "12"}, "the element has too many repeats", false},
	ElementComponents:     {AckCode{InElement, "13"}, "the element has too many components", false},
	ElementCode:           {AckCode{InElement, "7"}, "the code is not one of the standard", false},
	ElementCodeByGuide:    {AckCode{InElement, "I6"}, "the code is not one of the guide", false},
	ElementCodeUnusual:    {AckCode{InElement, "I6"}, "the code is not one known for this place", true},
	ElementNotUsed:        {AckCode{InElement, "I10"}, "the guide does not use this element here", false},
	ElementPeriodReversed: {AckCode{InElement, "8"}, "the period ends before it starts", false},
	ElementCheckDigit:     {AckCode{InElement, "I12"}, "the identifier's check digit is wrong", false},
	ElementPattern:        {AckCode{InElement, "I12"}, "the value has not the form its list requires", false},
	ElementTrailing:       {AckCode{}, "the segment ends with an empty element", true},
}
