// Every text of the page, in one place. Another language is another table like this one, with the same keys; {0}, {1} …
// stand for values.
const en = {
  'name': 'Dalang', 'title': '{0} · Dalang', 'unknown': 'unknown', 'cancel': 'Cancel', 'close': 'Close', 'save': 'Save', 'copy': 'Copy', 'edit': 'Edit', 'more': 'More', 'delete': 'Delete', 'again': 'Try again', 'send': 'Send', 'stop': 'Stop', 'search': 'Search conversations', 'menu': 'Menu', 'menu.close': 'Close menu', 'nav': 'Pages',
  'page.chat': 'Chat', 'page.models': 'Models', 'page.inside': 'Inside the model', 'page.machine': 'Machine',
  'signedIn': 'Signed in as {0}', 'signIn': 'Sign in', 'signIn.how': 'This page belongs to a Dalang that runs on a machine of yours. Open the sign-in link that it printed when it started; it signs this browser in.',
  'theme': 'Light, dark, or as the system', 'theme.system': 'Theme as the system', 'theme.light': 'Light theme', 'theme.dark': 'Dark theme',
  'help': 'Keys and help', 'help.about': 'Dalang {0}. Everything on this page comes from this machine; it asks no other host.',
  'key.send': 'Send', 'key.line': 'New line', 'key.stop': 'Stop the answer, or close a panel', 'key.write': 'Go to the message field', 'key.search': 'Search conversations', 'key.new': 'New conversation', 'key.pages': 'Go to a page', 'key.edit': 'Edit your last message', 'key.help': 'This help',
  'error.offline': 'The server does not answer. Is Dalang still running?', 'error.status': 'The server answered with status {0}.',
  'time.ms': '{0} ms', 'time.s': '{0} s', 'time.min': '{0} min {1} s', 'time.h': '{0} h {1} min',

  'chat.thread': 'Conversation', 'chat.model': 'Model', 'chat.beside': 'Ask another model beside it', 'chat.without': 'No longer ask {0}', 'chat.noModel': 'There is no model to ask yet. The page Models has some to fetch.', 'chat.new': 'New chat', 'chat.untitled': 'Untitled', 'chat.draft': 'Write a message', 'chat.earlier': 'Show {0} earlier messages', 'chat.toEnd': 'To the end', 'chat.waiting': 'Thinking of a first word', 'chat.reading': 'Reading the prompt: {0} of {1} tokens', 'chat.reconnecting': 'The connection broke; taking the answer up again', 'chat.answered': '{0} has answered', 'chat.ended': 'The answer of {0} ended early', 'chat.stopped': 'You stopped this answer.', 'chat.interrupted': 'The answer broke off here: the server stopped while it was being written. Continue picks it up.', 'chat.lost': 'The server no longer knows this answer; what came of it stands above.', 'chat.said.user': 'You', 'chat.said.assistant': 'Answer of {0}', 'chat.said.tool': 'Result of a tool',
  'welcome': 'What shall we talk about?', 'welcome.lead': 'The answers are made on this machine. Nothing leaves it unless you pick a hosted model.', 'welcome.private': 'A private conversation',
  'idea.explain': 'Explain', 'idea.explain.text': 'Why is the sky blue, and why are sunsets red?', 'idea.write': 'Write', 'idea.write.text': 'A short letter that thanks a neighbour for watering my plants.', 'idea.code': 'Program', 'idea.code.text': 'Write a function in Python that tells whether a word is a palindrome.', 'idea.think': 'Calculate', 'idea.think.text': 'What is 17 plus 25? Show the steps.',
  'private': 'Private conversation', 'private.hint': 'Private: nothing of this conversation is kept. It is gone when you leave it.',
  'kind.built_in': 'Comes with Dalang', 'kind.local': 'On this machine', 'kind.hosted': 'Hosted elsewhere',
  'place.here': 'answered here', 'place.away': 'left this machine', 'under.here': 'Models make mistakes. This one runs on your machine, and nothing you write leaves it.', 'under.away': 'Models make mistakes. A hosted model is chosen: what you write will leave this machine.',
  'edit.hint': 'Enter sends it as a new branch; the old one stays.', 'regenerate': 'Answer again', 'regenerate.with': 'Answer with {0}', 'continue': 'Continue', 'continue.hint': 'Let the answer go on where it ended', 'inside.open': 'Look inside',
  'reasoning': 'Reasoning', 'reasoning.now': 'Reasoning', 'reasoning.took': 'Reasoned for {0}',
  'tool.call': 'Calls the tool {0}', 'tool.result': 'Result of {0}', 'tool.failed': '{0} failed', 'tool.give': 'What the tool gives back', 'tool.send': 'Send result',
  'finish.length': 'The answer reached the longest that was allowed.', 'finish.context_full': 'The model’s context is full. Start a new conversation, or let the oldest turns be left out (settings).',
  'figure.speed': '{0} tokens/s', 'figure.first': 'first after {0}', 'figure.tokens': '{0} + {1} tokens',
  'fill': '{0} of {1} tokens', 'fill.title': 'Conversation and draft take {0} of {1} tokens; the draft is {2} of them', 'fill.unknown': 'tokens unknown',
  'file.add': 'Attach text files', 'file.hint': 'Attach text files, or drop them here', 'file.remove': 'Remove {0}', 'file.large': '{0} is larger than {1}', 'file.binary': '{0} is no text file',
  'branches': 'Branches', 'branches.hint': 'Every edit and every new answer is a branch. Nothing is overwritten; pick one to show it.', 'branches.none': 'Nothing has been said yet.', 'branch.before': 'Branch before', 'branch.after': 'Next branch', 'branch.of': 'Branch {0} of {1}', 'branch.choose': 'Go on with this one',
  'conversations': 'Conversations', 'conversations.none': 'No conversations yet', 'conversation.more': 'What can be done with “{0}”', 'pinned': 'Pinned', 'age.today': 'Today', 'age.week': 'This week', 'age.month': 'This month', 'age.older': 'Older', 'search.nothing': 'Nothing found', 'rename': 'Rename', 'rename.to': 'Title', 'pin': 'Pin', 'unpin': 'Unpin', 'folder.move': 'Move to a folder', 'folder.to': 'Folder (leave empty for none)', 'export.md': 'Export as Markdown', 'export.json': 'Export as JSON', 'delete.sure': 'Delete “{0}” with all its branches? This cannot be undone.', 'import': 'Import conversations', 'import.hint': 'Import Dalang’s JSON, or conversations.json of a ChatGPT export', 'import.done': '{0} conversations imported, {1} skipped',

  'settings': 'Settings of this chat', 'set.model': 'model’s own', 'set.value': '{0}, as a number', 'set.more': 'More settings', 'set.reset': 'All as the model has it',
  'set.system': 'Instructions', 'set.system.hint': 'Read by the model before everything else: who it is, how it should answer.',
  'set.temperature': 'Temperature', 'set.temperature.hint': 'How freely the next word is drawn. 0 always takes the likeliest one; above 1 surprises grow.',
  'set.top_p': 'Top-p', 'set.top_p.hint': 'Draw only from the likeliest words that together have this probability.',
  'set.top_k': 'Top-k', 'set.top_k.hint': 'Draw only from this many likeliest words. 0 is no limit.',
  'set.min_p': 'Min-p', 'set.min_p.hint': 'Leave out words that are less likely than this share of the likeliest one.',
  'set.repeat_penalty': 'Repeat penalty', 'set.repeat_penalty.hint': 'Makes words that were just used less likely. 1 is off.',
  'set.presence_penalty': 'Presence penalty', 'set.presence_penalty.hint': 'Above 0, words that occurred at all become less likely: new topics.',
  'set.frequency_penalty': 'Frequency penalty', 'set.frequency_penalty.hint': 'Above 0, words become less likely the more often they occurred.',
  'set.max_tokens': 'Longest answer, in tokens', 'set.max_tokens.hint': 'Reasoning counts too. A token is about three quarters of an English word.',
  'set.reasoning': 'Reasoning', 'set.reasoning.hint': 'For models that think before they answer.', 'set.reasoning.model': 'As the model does', 'set.reasoning.none': 'Off', 'set.reasoning.low': 'Little', 'set.reasoning.medium': 'Some', 'set.reasoning.high': 'Much',
  'set.truncate': 'When the context is full', 'set.truncate.refuse': 'Refuse and say so', 'set.truncate.drop': 'Leave out the oldest turns', 'set.truncate.hint': 'What was left out is said above the answer.',
  'set.seed': 'Seed', 'set.seed.random': 'random', 'set.seed.hint': 'The same seed, model and conversation give the same answer.',
  'set.stop': 'Stop at', 'set.stop.hint': 'One text a line. The answer ends before any of them.',
  'set.tools': 'Tools', 'set.tools.hint': 'A JSON array of functions: name, description, parameters (a JSON Schema). The model asks for calls; you give their results.', 'set.tools.wrong': 'Tools are a JSON array of objects that have a name.',

  'text.code': 'text', 'text.copy': 'Copy', 'text.copyCode': 'Copy code', 'text.copied': 'Copied', 'text.codeIn': 'Code in {0}', 'text.table': 'Table', 'text.moreRows': 'Show more of {0} further rows', 'text.picture': 'Picture: {0}', 'text.done': 'done', 'text.open': 'open',
};

/** The text of a key, with values put in. */
export function t(key, ...values) {
  const text = en[key];
  if (text === undefined) throw new Error(`no text for ${key}`);
  return values.length === 0 ? text : text.replace(/\{(\d)\}/g, (_, i) => values[i] ?? '');
}
