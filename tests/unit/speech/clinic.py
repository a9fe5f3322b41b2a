"""What callers of a clinic say: sentences for the ear's model, and others kept from it."""

from __future__ import annotations

import random

PLAIN = """
Hello.|Hi there.|Good morning.|Good afternoon.|Yes.|Yes, please.|Yes, that's right.|No.
No, thank you.|No, that's wrong.|That's correct.|That works for me.|That sounds good.|Sure.|Okay.
Great, thank you.|Thank you very much.|Thanks, goodbye.|Goodbye.|Bye.|That's all, thank you.
No, that's everything.|Sorry, could you repeat that?|Can you say that again, please?
I didn't catch that.|Hold on a second.|I'd like to book an appointment.
I would like to make an appointment, please.|I want to schedule an appointment with a doctor.
Can I book an appointment for next week?|I need to see a doctor.
I need an appointment as soon as possible.|Can I see Doctor Patel?
I'd like to see Doctor Lopez, please.|Is Doctor Chen available?|I'd prefer Doctor Morgan.
Any doctor is fine.|It doesn't matter which doctor.|Whoever is available first.
Do you have anything in the morning?|Do you have anything in the afternoon?
Something in the evening, please.|What times do you have?|What is the earliest you have?
Is there anything earlier?|Is there anything later?|Do you have anything tomorrow?
Do you have anything this week?|How about next Tuesday?|The first one, please.
The second one is fine.|I'll take the last one.|The early one.|The later one is better.
I need to move my appointment.|I'd like to change my appointment.|Can I reschedule my appointment?
Can we move it to another day?|I can't make it on Monday.|Something came up and I can't come.
I need to cancel my appointment.|I'd like to cancel my appointment, please.|Please cancel it.
What are your opening hours?|When do you open?|What time do you close?|Are you open on Saturday?
Are you open on weekends?|Is the clinic open on Sunday?|When are you open?|Where can I park?
Is there parking?|Do I have to pay for parking?|How much is the parking?|Where are you located?
What is your address?|How do I get there?|My name is Anna Jones.|This is Peter Miller.
It's Maria Garcia.|I'm David Brown.|My name is Linda Wilson.|My first name is Sarah.
My last name is Taylor.|The name is James Anderson.|My date of birth is March fourth, 1985.
I was born on June 12th, 1990.|My birthday is the 3rd of January 1978.|April 21st, 1964.
I was born on October 30th, 2001.|My phone number is 415-555-0132.
You can reach me at 212-555-0178.|It's 650-555-0199.|The number is 303-555-0145.
Call me at 718-555-0163.|It's for a checkup.|It's for a flu shot.|I need a blood test.
I have a sore throat.|I have a headache.|I've had a cough for two weeks.|My back hurts.
I have a fever.|I need a refill of my prescription.|It's about my knee.|It is for my son.
It's for my daughter.|Can I speak to a person?|Can I talk to a nurse?|Do you take insurance?
Do you accept new patients?|Do I need to bring anything?|How long does it take?
How much does it cost?|Should I come early?
""".replace("\n", "|").split("|")

MONTHS = "January February March April May June July August September October November December"
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
NAMES = "Jones Miller Garcia Brown Wilson Taylor Anderson Patel Lopez Chen Morgan Smith Davis"


def _generated() -> list[str]:
    """Times, days, dates, numbers and spelled names, drawn with a fixed seed."""
    draw = random.Random(7)
    lines = []
    for hour in range(8, 18):
        for minute in (0, 10, 15, 20, 30, 40, 45, 50):
            when = f"{hour if hour < 13 else hour - 12}:{minute:02d}"
            lines.append(
                draw.choice(("At {}.", "{}, please.", "Is {} free?", "{} works.")).format(when)
            )
    for hour in range(1, 13):
        for half in ("a.m.", "p.m.", "in the morning", "in the afternoon"):
            lines.append(f"At {hour} {half}.")
    for day in DAYS.split():
        for form in (
            "On {}.",
            "{} is fine.",
            "How about {}?",
            "Next {}, please.",
            "{} morning.",
            "{} afternoon.",
        ):
            lines.append(form.format(day))
    for month in MONTHS.split():
        for _ in range(6):
            day = draw.randint(1, 28)
            ending = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}.get(day, "th")
            lines.append(f"On {month} {day}{ending}.")
            lines.append(f"{month} {day}{ending}, {draw.randint(1930, 2009)}.")
            lines.append(f"The {day}{ending} of {month}.")
    for day in range(1, 32):
        ending = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}.get(day, "th")
        lines.append(f"Do you have anything on the {day}{ending}?")
    for _ in range(120):
        lines.append(" ".join(str(draw.randint(0, 9)) for _ in range(10)))
    for _ in range(60):
        lines.append("-".join(draw.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(6)))
    for name in NAMES.split():
        lines.append(f"{name}, {'-'.join(name.upper())}.")
        lines.append(f"My name is {name}.")
        lines.append(f"With Doctor {name}, please.")
    return lines


TAUGHT = [line.strip() for line in PLAIN if line.strip()] + _generated()
"""What the model is made from."""

ITS_OWN = (
    """
I'd like to book an appointment.|Can I see Doctor Patel?|I'd like to see Doctor Lopez, please.
Do you have anything in the morning?|What is the earliest you have?|Do you have anything tomorrow?
How about next Tuesday?|The second one is fine.|I need to move my appointment.
Can I reschedule my appointment?|I can't make it on Monday.|I need to cancel my appointment.
What are your opening hours?|Are you open on Saturday?|Where can I park?
Do I have to pay for parking?|What is your address?|My name is Anna Jones.|This is Peter Miller.
My date of birth is March fourth, 1985.|I was born on June 12th, 1990.
My birthday is the 3rd of January 1978.|My phone number is 415-555-0132.
You can reach me at 212-555-0178.|I've had a cough for two weeks.
I need a refill of my prescription.|Can I speak to a person?|Do you take insurance?
Sorry, could you repeat that?|Yes, that's right.|That works for me.|Thanks, goodbye.
How long does it take?|Any doctor is fine.
""".strip()
    .replace("\n", "|")
    .split("|")
)
"""Sentences the model was made from: the ear on its own domain."""

HELD_OUT = (
    """
Hello, I need to see Doctor Chen as soon as possible.|Do you have anything on the 27th at 10:20?
Is 3:40 in the afternoon free?|Can I make an appointment for Wednesday morning?
I'd like to move it to Friday at 9:15.|Could you cancel my appointment on Thursday, please?
My last name is Davis, D-A-V-I-S.|It's Morgan, M-O-R-G-A-N.|My number is 628-555-0147.
I was born on the 21st of October 1964.|My birthday is July 9th, 1952.
Is there anything later on Monday afternoon?|What time do you close on Sunday?
Are you open on Tuesday evening?|How much do I pay for parking?
Is Doctor Smith available tomorrow?|The first one is better for me.
I have a fever and a sore throat.|I need a flu shot for my daughter.
Can I talk to a doctor about my prescription?|I'd prefer something early in the morning.
No, the name is Linda Taylor.|Yes, 11:45 works.|Next Friday is fine, thank you.
I need to change my appointment to another day.|Do I have to bring my insurance?
You can call me at 917-555-0126.|That's wrong, it's the 15th of May.
I'm David Wilson and I'd like to book a blood test.|When do you open on Saturday?
""".strip()
    .replace("\n", "|")
    .split("|")
)
"""Sentences the model never saw, made of words it knows."""
