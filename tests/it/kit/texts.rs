//! Texts of pages. All of them are invented for these tests; no outlet has published a word of them.

pub const TIDE_CLOCK: &str = "À Port-Clément, l’horloge à marées remise en marche après quarante ans d’arrêt
Le mécanisme, démonté en 1984, a retrouvé sa place au-dessus de la criée, où des bénévoles l’ont réglé à la main.
« Nous avions gardé chaque engrenage dans une boîte à biscuits », raconte Élodie Carrère, horlogère à la retraite.
La façade, rongée par le sel, a coûté plus cher que la mécanique elle-même : près de 18 000 euros en deux hivers.
Désormais, l’aiguille bleue annonce la pleine mer avec douze minutes d’avance, ce qui suffit aux chalutiers du quai nord.
Le conseil municipal décidera en septembre si le carillon, jugé trop sonore, pourra être rétabli le dimanche.";

pub const LANTERN_BRIDGE: &str = "La passerelle aux lanternes rouvre au-dessus du canal
Fermée depuis la crue de février, la passerelle métallique a été rendue aux piétons vendredi matin.
Cent vingt lanternes, fabriquées par un atelier du quartier, s’allument au passage des promeneurs.
Les riverains demandent que la lumière baisse après vingt-trois heures, et la mairie a promis un essai d’un mois.
Un comptage réalisé pendant une semaine a relevé neuf cents traversées par jour, dont un tiers à vélo.";

pub const SEAWEED_TART: &str = "Tarte aux algues et aux pommes de terre
Faites cuire quatre pommes de terre à l’eau salée, puis coupez-les en rondelles épaisses.
Rincez une poignée de laitue de mer, séchez-la et hachez-la grossièrement avec un oignon.
Étalez la pâte, disposez les rondelles, versez deux œufs battus et enfournez quarante minutes.";

pub const GARDEN_SHED: &str = "Abris de jardin : notre catalogue du printemps
Tous nos abris sont livrés en panneaux numérotés, avec la visserie et un plan de montage.
Le modèle Verger mesure trois mètres sur deux et se monte à deux personnes en une journée.
La livraison est comprise dans un rayon de cinquante kilomètres autour de notre dépôt.";

pub const FLOATING_MARKET: &str = "Le marché flottant s’installe sur la Vilaine
Huit péniches chargées de légumes, de cidre et de galettes accosteront chaque samedi jusqu’en octobre.
Les maraîchers de trois communes se partagent les pontons, tirés au sort au début de la saison.
« L’eau nous ramène des clients que le parking avait fait fuir », sourit un producteur de fraises.
Une navette électrique reliera la gare au quai toutes les vingt minutes, de huit heures à quatorze heures.";

pub const SHOE_SHOP: &str = "Shoes for wet weather, made to order
Our boots are cut from one piece of leather and sewn with waxed thread in a small workshop.
Send us the outline of your foot on a sheet of paper and we will return a fitted pair in three weeks.
Repairs are free for the first two years, and the soles can be replaced as often as you like.";

pub const HANDBALL: &str = "Handball : les Goélands arrachent le nul à la dernière seconde
Menés de quatre buts à dix minutes de la fin, les Goélands ont remonté leur retard devant une salle comble.
Le gardien remplaçant, entré après la blessure du titulaire, a détourné sept tirs dans le dernier quart d’heure.
L’égalisation est venue d’un lancer lobé de l’ailier gauche, validé après une longue consultation des arbitres.
Le club reste cinquième du championnat et recevra dans quinze jours une équipe qu’il n’a jamais battue.";

pub const SHARE_PAGE: &str = "Share this page with your friends
Choose the network on which you want to share the link, then confirm in the window that opens.
You can also copy the address and send it by mail, or print the code that is shown below.
We do not store the links that are shared in this way for longer than one day.";

pub const NIGHT_TRAIN: &str = "Le train de nuit retrouve ses couchettes
Après trois ans d’atelier, les douze voitures bleues circulent de nouveau entre la montagne et la côte.
Chaque compartiment dispose d’une lampe individuelle, d’une prise et d’un volet que l’on ferme sans bruit.
La compagnie annonce trois départs par semaine, puis un service quotidien si les réservations le justifient.
Les cyclistes pourront suspendre leur vélo dans la voiture de queue, à condition de réserver la veille.";

pub const PARKED_DOMAIN: &str = "Ce nom de domaine est à vendre
Le propriétaire de cette adresse accepte les offres sérieuses, envoyées au moyen du formulaire.
Aucune page n’est publiée ici pour le moment, et aucun courrier n’est relevé.";

pub const LIBRARY_BOAT: &str = "La bibliothèque flottante jette l’ancre pour l’été
Trois mille livres attendent les lecteurs à bord d’une ancienne barge à sable, amarrée au pied du pont.
L’inscription est gratuite pour les habitants, et les romans peuvent être rendus dans n’importe quelle écluse.
Une salle basse, fraîche même en juillet, sera réservée aux lectures à voix haute du mercredi.
La barge descendra la rivière en septembre, village après village, jusqu’à l’estuaire.";

pub const LOGIN_PAGE: &str = "Sign in to continue
Enter the address you registered with and the code that we have sent to you.
If you have lost your code, ask for another one; it will arrive within a few minutes.
For your safety the page closes itself when it has not been used for a quarter of an hour.";

pub const OWL_CENSUS: &str = "Volunteers count a record number of barn owls in the fens
More than four hundred nest boxes were visited this spring, and three in five of them were in use.
Farmers had left strips of rough grass along the ditches, which gave the birds enough voles to feed their young.
“We expected a poor year after the floods, and found the opposite,” said Marian Holt, who keeps the register.
The boxes will be cleaned in November, and a second count is planned for the spring after next.";

pub const SCHOOL_CLUB: &str = "Make a weather station from a milk carton
Cut a window into the carton, hang a strip of damp paper inside and mark where it ends.
When the air is dry the strip curls up, and when rain is near it hangs down again.
Write down what you see each morning for two weeks and compare it with the forecast.";

pub const STONE_PATHS: &str = "How to lay a dry stone path
Dig a bed as deep as your hand and fill it with coarse sand, then water the sand and let it settle.
Set the largest stones first, a stride apart, and fit the smaller ones between them without forcing.
Brush fine gravel into the gaps and walk on the path for a week before you fill them again.";

pub const CIDER_FAIR: &str = "La foire au cidre change de champ
Trop à l’étroit sous les halles, la foire s’étendra cette année sur la prairie derrière l’église.
Quarante producteurs sont attendus, dont six venus de l’autre rive, avec leurs pressoirs à bras.
Le concours du meilleur cidre fermier aura lieu à midi, devant un jury tiré au sort parmi le public.
En cas de pluie, les tables seront dressées dans la grange du presbytère, prêtée pour l’occasion.";
