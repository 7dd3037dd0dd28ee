// All words that scripts show; tools/page/assembly.py puts page/text.json in here.
export const TEXT = {};
