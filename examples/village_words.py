"""What is said in the village of Quillbrook: who lives there, and the pieces their stories are made of.

In braces stands a slot; `{Slot}` with a capital begins a sentence. `{friend}` and `{mention}` are somebody who lives there
too: by first name, and so that they are notified.
"""

from typing import NamedTuple


class Opening(NamedTuple):
    """How a conversation may begin. `mood` chooses the replies."""

    text: str
    mood: str = "village"
    warning: str = ""
    content_type: str = "text/plain"
    picture: str = ""


# handle: name, trade, the profile's text.
PEOPLE = {
    "ada": ("Ada Farrow", "baker", "Up before the birds. Bread, buns, and opinions about flour."),
    "bram": ("Bram Holloway", "ferryman", "I row people over the Quill. Mostly they talk, mostly I listen."),
    "cosima": ("Cosima Reed", "teacher", "Eleven pupils, one stove, and every question under the sun."),
    "dunstan": ("Dunstan Pike", "smith", "Hinges, horseshoes, honest work. The hammering stops at six."),
    "elsie": ("Elsie Marrow", "gardener", "Beans are a way of thinking."),
    "florian": ("Florian Beck", "postman", "Two bicycles, one dog who hates both."),
    "greta": ("Greta Thorne", "vet", "If it has legs or wings, I have been bitten by it."),
    "hamish": ("Hamish Oake", "shepherd", "Forty-one sheep. Sometimes forty."),
    "ines": ("Inês Alder", "librarian", "The library is open whenever the lamp is lit."),
    "jory": ("Jory Tamm", "innkeeper", "The Otter & Lantern. Soup every day, music on Fridays."),
    "kaia": ("Kaia Wren", "beekeeper", "Nine hives on the south slope. The bees read my mood."),
    "lorcan": ("Lorcan Vale", "fiddler", "I know two hundred tunes and the names of nine."),
    "maud": ("Maud Hazel", "mayor", "Office hours: Tuesdays, or shout over the fence."),
    "nils": ("Nils Sorrel", "carpenter", "Measure twice, talk about it, cut once."),
    "odile": ("Odile Frost", "stargazer", "Weather by day, planets by night."),
    "petra": ("Petra Flint", "potter", "Half of it survives the kiln. The other half I show you."),
    "quentin": ("Quentin Moss", "hermit", "I came here for the quiet. I approve who follows me."),
    "runa": ("Runa Lark", "shopkeeper", "String, candles, news. The news is free."),
    "silas": ("Silas Marsh", "miller", "The wheel turns, I sweep."),
    "vane": ("The Weathervane", "weathervane", "I point. A machine on the church roof, kept by Odile."),
}

SLOTS = {
    "place": (
        "behind the mill|on the old bridge|at the ford|under the big elm|beside the well|in the churchyard|by the weir|"
        "on Crooked Lane|at the crossroads|in the orchard|halfway up Gallows Hill|in the inn's yard|at the school gate"
    ),
    "daypart": (
        "this morning|just after dawn|at noon|this afternoon|at dusk|last night|before breakfast|while the bell rang five|"
        "between two showers"
    ),
    "weather": (
        "a thin fog|small rain|a hard frost|warm wind from the south|thunder that never arrived|hail like dried peas|"
        "a rainbow and a half|perfect stillness|snow that thought better of it|one enormous cloud"
    ),
    "animal": (
        "the mayor's goat|a ram with a plan|two geese|a hedgehog|the miller's cat|a heron|a very small owl|somebody's pig|"
        "a swan with a temper|the blind old donkey|eleven ducklings|an unashamed fox"
    ),
    "thing": (
        "a left boot|a brass key with a blue ribbon|half a love letter|a tin whistle|a hat with a feather|a set of wooden teeth|"
        "an inside-out umbrella|a sack of buttons|a lantern still burning|somebody's shopping list|a chess queen"
    ),
    "dish": (
        "leek soup|a plum tart|barley stew|nettle pie|a tray of seed buns|pickled walnuts|dumplings|a rye loaf the size of a cat|"
        "honey cake|mushrooms on toast"
    ),
    "plant": "beans|marrows|leeks|the red currants|the sweet peas|potatoes|the fig that should not grow here|pumpkins",
    "matter": (
        "the hole in Crooked Lane|who winds the church clock|the price of the ferry|a bench for the ford|"
        "the flat bell|lamps for the bridge|the geese|whether Friday is too loud"
    ),
    "question": (
        "the moon follows us home|bees do not get lost|bread has holes|rivers never finish|cats are not afraid of the dark|"
        "yesterday is over|snow is quiet|numbers do not stop"
    ),
    "book": (
        "The Salt Road|A Winter among Clocks|The Lighthouse Twins|Seven Ways over the River|The Patient Fox|Mistress of Maps"
    ),
    "tune": (
        "The Miller's Regret|Snow on the Ford|Three Geese Home|The Ferryman's Yawn|Candle End|Over the Weir|Kaia's Bees"
    ),
    "star": "Jupiter|Saturn|the Pleiades|a shooting star, slow and green|the whole Milky Way|Venus in daylight",
    "number": "two|three|five|seven|nine|a dozen|seventeen|forty",
    "day": "on Tuesday|tomorrow|on Thursday|after harvest|on market day|next week",
    "feeling": (
        "I do not complain|I have not slept|I am rather proud|nobody saw me, I think|it was worth it|my back says otherwise|"
        "I would do it again"
    ),
    "wind": "north|north-east|east|south-east|south|south-west|west|north-west",
    "pot": "a jug|a bowl with a lip|a teapot without a spout|a whistle shaped like a wren|a plate for the inn|an urn on order",
}

# Anybody may begin like this, and some only by trade.
OPENINGS = {
    "": (
        Opening("{Weather} {place} {daypart}. I stood there longer than I meant to.", "weather"),
        Opening("Found {place} {daypart}: {thing}. Whose is it? #LostAndFound", "lost"),
        Opening("Has anybody else seen {animal} {place}? {Daypart} it looked straight at me.", "animal"),
        Opening("{mention} you left {thing} at my door. I will keep it until you come, or for ever.", "lost"),
        Opening("There was {dish} {place} {daypart}, for everyone. {Feeling}. #Quillbrook", "food"),
        Opening("I walked to the ford and back. {Number} herons, one thought, no letters. #Quillbrook"),
        Opening("If {friend} asks: I was {place} all day, and I never saw {animal}.", "animal"),
        Opening("The hills {daypart}. I sat {place} and looked. #Quillbrook", "picture", picture="hills"),
        Opening("Only for those who follow me: I miss the sea sometimes. Then {animal} comes by.", "quiet"),
        Opening("Does {friend} know that the whole village hears it when someone sings {place}?", "music"),
        Opening(
            "It was {friend}'s own twin who had taken the map. I should have known by the second chapter.",
            "book",
            "How “{book}” ends",
        ),
    ),
    "baker": (
        Opening("{Number} loaves, all gone by nine. {Dish} tomorrow, if the eggs come. #Bread", "food"),
        Opening("The oven sulks when there is {weather}. So do I. {Feeling}. #Bread", "food"),
        Opening(
            "**Seed buns**, as promised to {friend}:\n\n- flour, two handfuls\n- water, warm as a hand\n"
            "- seeds: {number} spoons\n\nKnead until {weather} passes, then bake. #Bread",
            "food",
            content_type="text/markdown",
        ),
    ),
    "ferryman": (
        Opening(
            "The Quill stands {number} hands over the mark. I row, but I charge double for hats. #River",
            "river",
        ),
        Opening("Carried {animal} over {daypart}. It did not pay. #River", "animal"),
        Opening("The river {daypart}. #River", "picture", picture="river"),
    ),
    "teacher": (
        Opening("Today the children asked me why {question}. We spent the lesson on it. #School", "school"),
        Opening("Spelling test. {Number} ways to write “Wednesday”, all of them sincere. #School", "school"),
    ),
    "smith": (
        Opening("New hinges for the church door. Listen {day}: nothing will creak.", "craft"),
        Opening("{Friend} brought me {thing} to mend. I have mended it. I did not ask.", "craft"),
    ),
    "gardener": (
        Opening("The {plant} are up. {Number} of them, standing about like new pupils. #Garden", "garden"),
        Opening("Something eats {plant}. I suspect {animal}. I have told nobody but you. #Garden", "garden"),
        Opening(
            "A long story about slugs, the bucket, and what I did {daypart}. {Feeling}. #Garden",
            "garden",
            "slugs",
        ),
    ),
    "postman": (
        Opening("{Number} letters today, one of them for {mention}, smelling of oranges. #Post", "post"),
        Opening("The dog has buried a parcel {place}. I shall dig {day}. #Post", "post"),
    ),
    "vet": (
        Opening("A call to {place} {daypart}: {animal}, with a splinter. Both of us were brave.", "animal"),
        Opening(
            "I was bitten, there was a needle, all is well. {Feeling}.", "animal", "needles, a little blood"
        ),
    ),
    "shepherd": (
        Opening("Counted {daypart}: forty. The other one was {place}, with {animal}. #Sheep", "animal"),
        Opening("Shearing {day}. Whoever holds a ram gets {dish}. #Sheep", "animal"),
        Opening("My hill, {daypart}. The white dots are mine. #Sheep", "picture", picture="hills"),
    ),
    "librarian": (
        Opening("“{Book}” is back on the shelf, with a pressed flower and {thing} in it. #Books", "book"),
        Opening(
            "{Friend} has had “{book}” for {number} months. I say nothing. I write it here. #Books", "book"
        ),
    ),
    "innkeeper": (
        Opening(
            "Tonight at the Otter & Lantern: {dish}, and {friend} tells the one about the bell. #Inn", "food"
        ),
        Opening("Whoever left {thing} under the long table: it is behind the bar. #Inn", "lost"),
        Opening("The inn {daypart}. Come in when the lamp is lit. #Inn", "picture", picture="houses"),
    ),
    "beekeeper": (
        Opening(
            "The bees went out in {weather} and came back in a mood. {Number} jars so far. #Bees", "bees"
        ),
        Opening("A swarm hangs {place}. Do not sing near it, {friend}. #Bees", "bees"),
    ),
    "fiddler": (
        Opening("“{Tune}” came out slower {daypart}, and better. {Feeling}. #Music", "music"),
        Opening("Friday at the inn: “{tune}”, unless {friend} asks for “{tune}” again. #Music", "music"),
    ),
    "mayor": (
        Opening("The council meets {day} about {matter}. Bring a chair. #Council", "council"),
        Opening(
            "Nobody voted against it, so {matter} is settled. I know where you live. #Council", "council"
        ),
    ),
    "carpenter": (
        Opening("A door is only a wall that changed its mind. {Friend}'s will be ready {day}.", "craft"),
        Opening("Oak again. {Number} planks, and {feeling}.", "craft"),
    ),
    "stargazer": (
        Opening("{Star}, {daypart}, over Gallows Hill. I woke {friend} for it. #Sky", "sky"),
        Opening("The sky over the roofs. #Sky", "picture", picture="night"),
        Opening("It will be {weather} {day}. If not, blame the vane. #Sky", "weather"),
    ),
    "potter": (
        Opening("Out of the kiln: {pot}, and {number} shards. {Feeling}. #Clay", "craft"),
        Opening("{Friend} ordered {pot}. It came out as {pot}. Such is clay. #Clay", "craft"),
    ),
    "hermit": (
        Opening("{Weather}. Nobody came. Good.", "quiet"),
        Opening("I heard “{tune}” across the valley {daypart}. I did not close the window.", "quiet"),
    ),
    "shopkeeper": (
        Opening("Back in the shop: candles, string, and {thing} that I cannot explain. #Shop", "lost"),
        Opening(
            "They say {matter} comes before the council again. They say {friend} will speak. #Shop", "council"
        ),
    ),
    "miller": (
        Opening("The wheel ran until {weather} stopped it. {Number} sacks. {Feeling}. #Mill", "river"),
        Opening("The cat has chosen: she lives {place} now. The mice send flowers. #Mill", "animal"),
    ),
    "weathervane": (
        Opening("Wind {wind}, then {wind}. {Weather} {day}. #Weather", "weather"),
        Opening("{Daypart}: {wind}. I creak. #Weather", "weather"),
    ),
}

# Under each mood: what people answer. "" fits everywhere.
REPLIES = {
    "": (
        "I was going to say the same.|You always notice these things.|{Friend} will never believe it.|Ha! {Feeling}.|"
        "Come by {day}, and tell me the rest over {dish}.|That explains what I heard {place}.|So that is why {animal} ran past me.|"
        "My grandmother used to say so, and she was right about {weather}, too.|Nobody ever tells me anything.|"
        "I have read this twice now, once to {friend}.|Put it on the board at Runa's.|And here I sat with {dish}, alone."
    ),
    "weather": (
        "It was {weather} on my side of the hill.|My knee said so {number} days ago.|The vane said {wind}. The vane lies.|"
        "I hung out the washing {daypart}. Of course."
    ),
    "lost": (
        "Not mine, but I have lost something like it.|That is mine! Do not look at it too closely.|Ask {friend}.|"
        "Keep it. I have learned to live without.|I found the other half {place}."
    ),
    "animal": (
        "It ate {number} of my buttons.|It was {place} when I last saw it, looking pleased.|Do not feed it {dish}. I did.|"
        "It has a name now, {friend} says.|Leave the gate open, it goes home by itself."
    ),
    "food": (
        "Keep me a piece!|With a little thyme it is even better.|I smelled it as far as the ford.|Is there any left {day}?|"
        "The last time I tried, {animal} got it."
    ),
    "river": (
        "The stones at the ford are under already.|I have moved my boots upstairs.|In my father's day it reached the well."
    ),
    "school": (
        "I am still wondering about that one.|Mine asked at supper. I pretended to chew.|Tell them {friend} knows.|"
        "Wednesday should be easier."
    ),
    "craft": (
        "You can tell it is your work.|I will take the one that went wrong.|Mine still holds after {number} winters.|"
        "Could you look at my gate {day}?"
    ),
    "garden": (
        "Ashes around them, that helps.|Mine are behind. It is the shade.|I can spare {number} plants, come over."
    ),
    "post": ("Was there anything for me?|I hope it was good news.|Your dog has my sympathy, and my glove."),
    "book": (
        "I am only on page {number}!|The middle is long, but then!|I want to borrow it after {friend}.|"
        "I cried, {place}, in front of {animal}."
    ),
    "music": (
        "I hummed it all day.|Play “{tune}” and I will dance. Once.|The geese answered, did you hear?|Friday, then."
    ),
    "council": (
        "I will bring a chair and {dish}.|I am against it, whatever it is.|Put me down for {number} hours of digging.|"
        "We spoke about it {number} years ago."
    ),
    "sky": (
        "I saw it too, from {place}!|Clouds here. Always clouds.|Wake me the next time.|I made a wish. It was about {dish}."
    ),
    "picture": (
        "I can see my chimney!|It never looks like that when I am there.|May I hang it in the inn?|What a light."
    ),
    "bees": (
        "One of them came in and looked at my map.|I will keep quiet {daypart}.|Save me a jar, for {friend}."
    ),
    "quiet": (
        "I left {dish} on your wall.|I will not disturb. I only wanted to say that I read it.|Same here, {daypart}."
    ),
    "village": (
        "I waved from {place}. You did not see.|Take me along the next time.|That is a day well spent."
    ),
}

# What is drawn: the description that goes with it.
PICTURES = {
    "hills": "Drawing: three rows of green hills one behind the other, a low sun, and small white dots that are sheep",
    "river": "Drawing: a broad blue river between dark banks, with the sun's light on the water",
    "houses": "Drawing: a row of houses with pointed roofs against an evening sky; windows are lit",
    "night": "Drawing: a night sky with stars and a thin moon over dark roofs",
}
