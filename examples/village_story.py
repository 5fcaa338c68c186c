"""The plan of the village: who lives there, who follows whom, and what will be said. Nothing is sent here."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from village_words import OPENINGS, PEOPLE, REPLIES, SLOTS, Opening

GUIDE = "ada"  # follows everybody: the one to be when looking around
HERMIT = "quentin"  # approves who follows him
MACHINE = "vane"  # a bot, which follows nobody

ANSWERS = 0.6  # of all posts
SMALL_TALK = 0.3  # of what is said first; the rest is about one's trade
LIKES, BOOSTS = 0.12, 0.02  # of all who could
UNLISTED, PRIVATE = 0.10, 0.07
OPEN_AT_ONCE = 12  # conversations that somebody may still answer
LONGEST_TALK = 7
TRIES = 20  # to say what has not been said before


@dataclass(eq=False)
class Person:
    handle: str
    name: str
    trade: str
    bio: str
    follows: "list[Person]" = field(default_factory=list)
    id: str = ""
    token: str = ""

    @property
    def first_name(self) -> str:
        return self.name.split()[-1] if self.handle == MACHINE else self.name.split()[0]


@dataclass(eq=False)
class Post:
    author: Person
    text: str
    mood: str = ""
    parent: "Post | None" = None
    warning: str = ""
    visibility: str = "public"
    content_type: str = "text/plain"
    picture: str = ""
    pinned: bool = False
    liked_by: list[Person] = field(default_factory=list)
    boosted_by: list[Person] = field(default_factory=list)
    id: str = ""


@dataclass
class Village:
    people: list[Person]
    posts: list[Post]


def plan(people: int, posts: int, seed: int) -> Village:
    """So many of the people, and so many posts; `seed` decides everything else."""
    return _Teller(people, seed).tell(posts)


class _Teller:
    def __init__(self, people: int, seed: int) -> None:
        self.dice = random.Random(seed)
        self._seed = seed
        self.people = [Person(handle, *about) for handle, about in list(PEOPLE.items())[:people]]
        for person in self.people:
            person.follows = self._followed_by(person)
        self._said: set[str] = set()

    def tell(self, count: int) -> Village:
        posts = [self._introduction(person) for person in self.people[:count]]
        talks: list[list[Post]] = []
        while len(posts) < count:
            if talks and self.dice.random() < ANSWERS:
                talk = self.dice.choice(talks)
                posts.append(self._answer(talk))
                talk.append(posts[-1])
            else:
                posts.append(self._opening())
                talks.append([posts[-1]])
            talks = [talk for talk in talks if len(talk) < LONGEST_TALK][-OPEN_AT_ONCE:]
        for number, post in enumerate(posts):
            # Dice of its own for each, so that a longer story begins as the shorter one did.
            self._applaud(post, random.Random(f"{self._seed} {number}"))
        return Village(self.people, posts)

    def _followed_by(self, person: Person) -> list[Person]:
        others = [other for other in self.people if other is not person]
        if person.handle == MACHINE:
            return []
        if person.handle == GUIDE:
            return others
        most = len(others)
        return self.dice.sample(others, self.dice.randint((most + 2) // 3, (2 * most + 2) // 3))

    def _introduction(self, person: Person) -> Post:
        text = f"I am {person.name}, {person.trade} of Quillbrook. {person.bio} #Introduction"
        return Post(person, text, mood="village", pinned=True)

    def _opening(self) -> Post:
        author = self.dice.choice(self.people)
        anybody = author.handle != MACHINE and self.dice.random() < SMALL_TALK
        choice = OPENINGS["" if anybody else author.trade]
        # A picture three times as often as a text: there are few of them to choose.
        opening = self.dice.choices(choice, [3 if one.picture else 1 for one in choice])[0]
        text, warning = self._fresh([opening], author)
        return Post(
            author,
            text,
            mood=opening.mood,
            warning=warning,
            visibility=self._visibility(author, opening),
            content_type=opening.content_type,
            picture=opening.picture,
        )

    def _visibility(self, author: Person, opening: Opening) -> str:
        if author.handle == MACHINE:
            return "public"
        if "follow me" in opening.text:
            return "private"
        chance = self.dice.random()
        return "private" if chance < PRIVATE else "unlisted" if chance < PRIVATE + UNLISTED else "public"

    def _answer(self, talk: list[Post]) -> Post:
        root = talk[0]
        # Among followers only the first post is answered: whoever answers may not see the other answers.
        parent = root if root.visibility == "private" else self.dice.choice(talk[-3:])
        able = [person for person in self._audience(root) if person.handle != MACHINE]
        author = self.dice.choice([person for person in able if person is not parent.author] or [root.author])
        pieces = [
            Opening(piece)
            for mood in (*[root.mood] * 4, "")  # more often what fits
            for piece in REPLIES[mood].split("|")
        ]
        text, _ = self._fresh(pieces, author, parent.author)
        if author is not parent.author:
            text = f"@{parent.author.handle} {text}"
        return Post(
            author, text, mood=root.mood, parent=parent, warning=root.warning, visibility=root.visibility
        )

    def _audience(self, post: Post) -> list[Person]:
        """Who may see it, without the author."""
        if post.visibility == "private":
            return [person for person in self.people if post.author in person.follows]
        return [person for person in self.people if person is not post.author]

    def _applaud(self, post: Post, dice: random.Random) -> None:
        if post.parent is not None and post.visibility == "private":
            return
        for person in self._audience(post):
            if person.handle == MACHINE:
                continue
            if dice.random() < LIKES:
                post.liked_by.append(person)
            if post.visibility != "private" and dice.random() < BOOSTS:
                post.boosted_by.append(person)

    # Words.

    def _fresh(self, choice: Sequence[Opening], *talking: Person) -> tuple[str, str]:
        """A text and its warning, made from one of the choice; not told before, if that can be.

        Those who are `talking` are not spoken of.
        """
        text = warning = ""
        for _ in range(TRIES):
            piece = self.dice.choice(choice)
            chosen: dict[str, str] = {}
            text = self._fill(piece.text, talking, chosen)
            warning = self._fill(piece.warning, talking, chosen)
            if text not in self._said:
                break
        self._said.add(text)
        return text, warning

    def _fill(self, template: str, talking: Sequence[Person], chosen: dict[str, str]) -> str:
        """Put words in the slots; `book` is the same one throughout, for a warning names the book of its text."""

        def word(found: re.Match[str]) -> str:
            slot = found[1]
            text = self._word(slot.lower(), talking)
            if slot == "book":
                text = chosen.setdefault(slot, text)
            return text[0].upper() + text[1:] if slot[0].isupper() else text

        return re.sub(r"\{(\w+)\}", word, template)

    def _word(self, slot: str, talking: Sequence[Person]) -> str:
        if slot in {"friend", "mention"}:
            others = [other for other in self.people if other not in talking and other.handle != MACHINE]
            other = self.dice.choice(others or self.people)
            return other.first_name if slot == "friend" else f"@{other.handle}"
        return self.dice.choice(SLOTS[slot].split("|"))
